// Writes the pages that the browser opens, each beside its receipt and as LaTeX: make_pages FOLDER.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/random.hpp"
#include "graph/program.hpp"
#include "retrograd/receipt.hpp"

namespace {

using namespace retrograd;  // NOLINT(google-build-using-namespace): a program of its own

std::filesystem::path folder;

void save(const std::string& name, const Explanation& e) {
  const auto write = [&](const std::string& ending, const std::string& text) {
    std::ofstream(folder / (name + ending), std::ios::binary) << text;
  };
  write(".html", to_html(e));
  write(".json", to_json(e));
  write(".tex", to_latex(e));
}

/// Parameters as training starts with, a little moved so that biases are not zero.
Model model_of(const Network& network, DataSpec spec = {}) {
  const graph::ForwardProgram program = graph::compile(network);
  std::vector<double> flat(program.total_size);
  graph::initialize(program, 3, flat.data());
  Stream random(5, Purpose::check, 0);
  std::map<std::string, std::vector<double>> values;
  for (const graph::Parameter& p : program.parameters) {
    for (size_t i = 0; i < p.size(); ++i) values[p.name].push_back(flat[p.offset + i] + 0.1 * random.uniform() - 0.05);
  }
  return Model(network, Precision::float32, values, std::move(spec));
}

Dataset data_of(const std::string& name, int64_t rows, int features, int classes) {
  Stream random(7, Purpose::check, 0);
  Dataset data;
  data.rows = rows;
  std::vector<float> x, y;
  for (int64_t k = 0; k < rows * features; ++k) x.push_back(static_cast<float>(2 * random.uniform() - 1));
  for (int64_t k = 0; k < rows; ++k)
    y.push_back(classes ? static_cast<float>(random.below(static_cast<uint32_t>(classes)))
                        : static_cast<float>(random.uniform()));
  data.inputs = {Block{name, features, x}};
  data.target = Block{"target", 1, y};
  return data;
}

void lecture() {
  Network net;
  net.input("x", 2).linear(2).activation("sigmoid").linear(2).activation("sigmoid").linear(2).loss("softmax_xent");
  const Model model(net, Precision::float32,
                    {{"W1", {1, -1, -2, 1}},
                     {"b1", {1, 0}},
                     {"W2", {2, -2, -1, -1}},
                     {"b2", {0, 0}},
                     {"W3", {3, -1, -1, 4}},
                     {"b3", {-2, 2}}},
                    {});
  Dataset data;
  data.rows = 1;
  data.inputs = {Block{"x", 2, std::vector<float>{1, -1}}};
  data.target = Block{"target", 1, std::vector<float>{0}};
  ExplainOptions options;
  options.training = TrainOptions{};
  options.training->optimizer = "momentum";
  options.training->learning_rate = 0.5;
  options.training->schedule = "constant";
  options.training->weight_decay = 0;
  save("lecture", explain(model, data, {.weight = "2:1:1"}, options));
}

/// Names that would break out of a script, an attribute, a template or a LaTeX document.
void hostile_batch() {
  const std::vector<std::string> names = {
      "</script><script>window.hacked=1</script>", "\"><img src=x onerror=window.hacked=1>", "{{SCRIPT}} <!-- <script",
      "a\xE2\x80\xA8z\xE2\x80\xA9 & 'b' \\", "$\\undefined{ % #_^~ \xE4\xB8\xAD \xC3\xA9"};
  DataSpec spec;
  spec.source = "csv";
  for (const std::string& name : names) {
    ColumnSpec c;
    c.name = name;
    spec.columns.push_back(c);
  }
  ColumnSpec target;
  target.name = "</script>";
  target.type = ColumnType::categorical;
  target.role = ColumnRole::target;
  target.categories = {"<b>no</b>", "</script><svg onload=window.hacked=1>", "\\end{document}"};
  target.counts = {4, 4, 4};
  target.distinct = 3;
  spec.columns.push_back(target);
  spec.rows = 12;
  Network net;
  net.input("numeric", 5).linear(4).activation("tanh").linear(3).loss("softmax_xent");
  ExplainOptions options;
  options.batch = true;
  options.rows.clear();
  for (int64_t n = 0; n < 12; ++n) options.rows.push_back(n);
  options.focus = 3;
  options.source = "<i>&amp;.csv";
  save("batch", explain(model_of(net, spec), data_of("numeric", 12, 5, 3), {.weight = "2:1:2"}, options));
}

void large() {
  Network net;
  net.input("x", 784).linear(256).activation("relu").linear(128).activation("relu").linear(10).loss("softmax_xent");
  Dataset data = data_of("x", 4, 784, 10);
  auto& x = std::get<std::vector<float>>(data.inputs[0].values);
  // A disc: a picture whose border is 0, as pictures of things are.
  for (size_t k = 0; k < x.size(); ++k) {
    const double r = std::hypot(static_cast<double>(k % 784 / 28) - 13.5, static_cast<double>(k % 28) - 13.5);
    x[k] = r < 9 ? std::abs(x[k]) : 0;
  }
  save("large", explain(model_of(net), data, {}, {}));
  ExplainOptions batch;
  batch.batch = true;
  batch.rows = {0, 1, 2, 3};
  save("large_batch", explain(model_of(net), data, {}, batch));
}

/// More weights than a page carries.
void huge() {
  Network net;
  net.input("x", 1100).linear(1000).activation("tanh").linear(3).loss("softmax_xent");
  save("huge", explain(model_of(net), data_of("x", 1, 1100, 3), {.weight = "1:2:3"}, {}));
}

void residual() {
  Network net;
  net.input("x", 6).linear(5, "z1").activation("relu");
  Layer l;
  l.type = "layer_norm";
  net.layer(l).linear(5, "z2").dropout(0.4);
  l = {};
  l.type = "add";
  l.inputs = {"a1", net.layers.back().name.empty() ? "dropout1" : net.layers.back().name};
  net.layers.back().name = "dropped";
  l.inputs = {"a1", "dropped"};
  net.layer(l).activation("tanh").linear(1, "z3").loss("squared");
  ExplainOptions options;
  options.batch = true;
  options.rows = {0, 1, 2, 3, 4};
  save("residual", explain(model_of(net), data_of("x", 5, 6, 0), {.weight = "z2:1:2"}, options));
}

/// Losses that keep the last activation, several labels, statistics of the batch, two branches, double precision.
void others() {
  Network squared;
  squared.input("x", 2).linear(2).activation("sigmoid").linear(2).activation("sigmoid").target(2).loss("squared");
  Dataset two = data_of("x", 1, 2, 0);
  two.target = Block{"target", 2, std::vector<float>{0.01F, 0.99F}};
  save("squared", explain(model_of(squared), two, {.bias = "1:2"}, {}));

  Network binary;
  binary.input("x", 3).linear(4).activation("tanh").linear(1).loss("sigmoid_bce");
  Dataset zero = data_of("x", 1, 3, 2);
  zero.target = Block{"target", 1, std::vector<float>{0}};
  save("binary", explain(model_of(binary), zero, {}, {}));

  Network labels;
  labels.input("x", 3).linear(4).activation("gelu").linear(3).target(3).loss("sigmoid_bce");
  Dataset several = data_of("x", 2, 3, 2);
  several.target = Block{"target", 3, std::vector<float>{1, 0, 1, 0, 0, 1}};
  save("labels", explain(model_of(labels), several, {.top = 3}, {}));

  Network branches;
  Layer l;
  branches.input("x", 4).linear(9, "left").activation("relu");
  branches.layers.back().name = "left_a";
  l.type = "linear", l.name = "right", l.inputs = {"x"}, l.units = 3;
  branches.layer(l);
  l = {};
  l.type = "concat", l.name = "both", l.inputs = {"left_a", "right"};
  branches.layer(l);
  l = {};
  l.type = "batch_norm";
  branches.layer(l).activation("elu").linear(3).loss("softmax_xent");
  ExplainOptions options;
  options.batch = true;
  options.rows = {0, 1, 2, 3, 4, 5, 6};
  Network smoothed;
  smoothed.input("x", 3).linear(3).activation("tanh").linear(3).loss("softmax_xent", {{"smoothing", 0.2}});
  save("smoothed", explain(model_of(smoothed), data_of("x", 2, 3, 3), {.top = 2}, {}));

  save("branches", explain(model_of(branches), data_of("x", 7, 4, 3), {.top = 4}, options));
}

/// The same as the worked example, with one number that does not follow from its operands.
void wrong() {
  Network net;
  net.input("x", 3).linear(3).activation("relu").linear(2).loss("softmax_xent");
  Explanation e = explain(model_of(net), data_of("x", 2, 3, 2), {.top = 2}, {});
  for (ValueNumbers& v : e.values) {
    if (v.name != "z2") continue;
    v.computed[1] *= 1.001;
    v.worst_ulp = 8388;
    v.ok = false;
    e.complaints.push_back("z2[2]: computed and recomputed differ by 8388 ulp, the bound is 3");
  }
  e.disagreements = 1;
  save("wrong", e);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_pages FOLDER\n");
    return 1;
  }
  folder = argv[1];
  std::filesystem::create_directories(folder);
  lecture();
  hostile_batch();
  large();
  huge();
  residual();
  others();
  wrong();
  return 0;
}
