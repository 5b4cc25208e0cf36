// The two worked examples: their inputs, and nothing computed from them.
#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "graph/program.hpp"
#include "retrograd/explain_text.hpp"

namespace retrograd {
namespace {

TrainOptions plain_descent(double eta) {
  TrainOptions options;
  options.optimizer = "sgd";
  options.schedule = "constant";
  options.learning_rate = eta;
  options.batch = 1;
  options.weight_decay = 0;
  return options;
}

/// Floats hold these weights and inputs exactly, so the audit shows what the kernels' rounding alone does.
WorkedExample lecture() {
  Network net;
  net.input("x", 2).linear(2).activation("sigmoid").linear(2).activation("sigmoid").linear(2).loss("softmax_xent");
  DataSpec spec;
  spec.source = "npy";
  spec.rows = 1;
  spec.row_shape = {2};
  spec.task = Task::classification;
  ColumnSpec target;
  target.name = "y";
  target.type = ColumnType::categorical;
  target.role = ColumnRole::target;
  target.distinct = 2;
  target.categories = {"0", "1"};
  target.counts = {1, 0};
  spec.columns = {target};
  Model model(net, Precision::float32,
              {{"W1", {1, -1, -2, 1}},
               {"b1", {1, 0}},
               {"W2", {2, -2, -1, -1}},
               {"b2", {0, 0}},
               {"W3", {3, -1, -1, 4}},
               {"b3", {-2, 2}}},
              spec);
  Dataset data;
  data.rows = 1;
  data.inputs = {Block{"x", 2, std::vector<float>{1, -1}}};
  data.target = Block{"target", 1, std::vector<float>{0}};
  ExplainOptions options;
  options.source = "the worked example";
  options.training = plain_descent(0.5);
  return {"lecture",         "Backpropagation through a 2-2-2-2 network", {}, std::move(model), std::move(data),
          std::move(options)};
}

/// Matt Mazur, "A Step by Step Backpropagation Example", 2015. Data are 32-bit floats, which do not hold 0.05 or 0.99:
/// so that nine digits agree, the row is given in hundredths and scaled by the network, in double.
WorkedExample mazur() {
  Network net;
  net.input("hundredths", 2).target(2);
  net.layer({.type = "standardise", .name = "x", .inputs = {"hundredths"}});
  net.layer({.type = "standardise", .name = "t", .inputs = {"y"}});
  net.layer({.type = "linear", .name = "z1", .inputs = {"x"}, .units = 2}).activation("sigmoid");
  net.linear(2).activation("sigmoid").loss("squared", {}, {}, "t");
  DataSpec spec;
  spec.source = "npy";
  spec.rows = 1;
  spec.row_shape = {2};
  spec.task = Task::regression;
  for (const char* name : {"o1", "o2"}) {
    ColumnSpec target;
    target.name = name;
    target.role = ColumnRole::target;
    target.distinct = 1;
    spec.columns.push_back(target);
  }
  std::map<std::string, std::vector<double>> values = {
      {"W1", {0.15, 0.25, 0.20, 0.30}}, {"b1", {0.35, 0.35}}, {"W2", {0.40, 0.50, 0.45, 0.55}}, {"b2", {0.60, 0.60}}};
  for (const char* layer : {"x", "t"}) {
    values[std::string(layer) + ".mean"] = {0, 0};
    values[std::string(layer) + ".scale"] = {0.01, 0.01};
  }
  Model model(net, Precision::float64, values, spec);
  Dataset data;
  data.rows = 1;
  data.inputs = {Block{"hundredths", 2, std::vector<float>{5, 10}}};
  data.target = Block{"target", 2, std::vector<float>{1, 99}};
  ExplainOptions options;
  options.source = "the worked example";
  options.training = plain_descent(0.5);
  return {"mazur",
          "Matt Mazur's step by step example, a 2-2-2 network",
          {"Mazur's w1, w2, w3, w4 are W1[1,1], W1[2,1], W1[1,2], W1[2,2] here, his w5 to w8 likewise in W2.",
           "Mazur leaves the biases as they are; here they take part in the step."},
          std::move(model),
          std::move(data),
          std::move(options)};
}

}  // namespace

std::vector<std::string> worked_examples() { return {"lecture", "mazur"}; }

WorkedExample worked_example(const std::string& name) {
  if (name == "lecture") return lecture();
  if (name == "mazur") return mazur();
  fail("there is no worked example '{}'; there are lecture and mazur", name);
}

Explanation explain(const WorkedExample& example) {
  const Explainer explainer(example.model, example.data, example.options);
  ExplainTarget first;
  first.top = 1;
  Explanation e = explainer.explain(first);
  e.derivations.clear();
  for (const graph::Parameter& p : example.model.program().parameters) {
    if (!p.trained) continue;
    for (int i = 0; i < p.rows; ++i)
      for (int j = 0; j < p.cols; ++j) e.derivations.push_back(explainer.derive(p.name, p.rows == 1 ? -1 : i, j));
  }
  return e;
}

}  // namespace retrograd
