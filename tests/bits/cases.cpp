#include "bits/cases.hpp"

#include <numeric>

#include "graph/program.hpp"
#include "optim/optimizer.hpp"
#include "optim/schedule.hpp"
#include "retrograd/preset.hpp"

namespace retrograd::testing_bits {
namespace {

using testing_train::array_spec;
using testing_train::as_images;
using testing_train::make_problem;
using testing_train::Problem;

NetworkOptions network(const std::string& activation, const std::string& normalise, double dropout,
                       const std::string& loss = "auto", double smoothing = 0) {
  NetworkOptions options;
  options.hidden = {19, 9};
  options.activation = activation;
  options.normalise = normalise;
  options.dropout = dropout;
  options.loss = loss;
  options.smoothing = smoothing;
  return options;
}

/// Three epochs of batches of 32.
Case make_case(std::string name, Task task, int outputs, bool weighted, const NetworkOptions& options,
               int64_t rows = 77) {
  Case c;
  c.name = std::move(name);
  c.problem = [=] { return make_problem(task, rows, 6, outputs, weighted); };
  c.network = [=](const Problem& problem) { return make_network(problem.spec, problem.data, options); };
  c.options.epochs = 3;
  c.options.batch = 32;
  c.options.seed = 5;
  c.options.learning_rate = 0.02;
  return c;
}

Layer layer(const char* type, std::string name, std::vector<std::string> inputs, int units = 0) {
  Layer l;
  l.type = type;
  l.name = std::move(name);
  l.inputs = std::move(inputs);
  l.units = units;
  return l;
}

/// Every activation on a branch of its own, so that none is starved of gradient by another.
Prepared every_activation(const Problem& problem) {
  std::vector<Layer> layers;
  std::vector<std::string> ends;
  for (const char* type : {"identity", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh",
                           "sigmoid", "softmax"}) {
    const std::string name = type;
    layers.push_back(layer("linear", "z_" + name, {"x"}, 5));
    layers.push_back(layer(type, "a_" + name, {"z_" + name}));
    ends.push_back("a_" + name);
  }
  layers.push_back(layer("concat", "all", ends));
  return make_network(problem.spec, problem.data, layers, {});
}

/// Two paths around a connection that skips them.
Prepared skip_connections(const Problem& problem) {
  const std::vector<Layer> layers = {
      layer("linear", "in", {"x"}, 21),  layer("batch_norm", "n1", {"in"}), layer("gelu", "a1", {"n1"}),
      layer("linear", "z2", {"a1"}, 21), layer("dropout", "d2", {"z2"}),    layer("add", "s1", {"in", "d2"}),
      layer("layer_norm", "n2", {"s1"}), layer("tanh", "a3", {"n2"}),       layer("linear", "z3", {"a3"}, 21),
      layer("add", "s2", {"s1", "z3"}),  layer("relu", "out", {"s2"}),
  };
  return make_network(problem.spec, problem.data, layers, {});
}

/// Numbers, some missing, categories and yes/no columns: the whole preprocessing.
Problem table(const char* target) {
  DataOptions options;
  options.targets = {target};
  Loaded loaded = load_training(RETROGRAD_GUESTS, options);
  std::vector<int64_t> first(333);
  std::iota(first.begin(), first.end(), int64_t{0});
  return {std::move(loaded.spec), take(loaded.data, first)};
}

/// A preset on the table, made narrow and then changed.
Case preset_case(const char* name, const char* target, const std::function<void(NetworkOptions&)>& change = {}) {
  Case c;
  c.name = std::string("preset_") + name;
  c.problem = [=] { return table(target); };
  const auto chosen = [=](const Problem& problem) {
    Preset p = preset(name, problem.spec, problem.data.rows);
    p.network.hidden = {24, 17};
    p.network.one_hot_limit = 3;
    p.network.dropout = 0.2;
    if (change) change(p.network);
    return p;
  };
  c.network = [=](const Problem& problem) { return make_network(problem.spec, problem.data, chosen(problem).network); };
  c.options = chosen(c.problem()).training;
  c.options.epochs = 2;
  c.options.batch = 100;
  return c;
}

std::vector<Case> make_cases() {
  std::vector<Case> all;
  const NetworkOptions full = network("gelu", "batch_norm", 0.2);
  for (const optim::Optimizer& optimizer : optim::elementwise_optimizers()) {
    Case& c = all.emplace_back(
        make_case("optimizer_" + std::string(optimizer.info.name), Task::classification, 3, true, full));
    c.options.optimizer = optimizer.info.name;
    c.options.learning_rate = 0.01;
    c.options.weight_decay = 0.02;
  }
  const auto over_all_rows = [&](const char* name, Task task, int64_t rows, const NetworkOptions& of) {
    Case& c = all.emplace_back(make_case(std::string("optimizer_") + name, task, 3, true, of, rows));
    c.options.optimizer = name;
    c.options.learning_rate = 0;
    c.options.batch = 0;
    c.options.epochs = 8;
    c.options.l2 = 0.001;
    c.options.weight_decay = 0.002;
  };
  over_all_rows("lbfgs", Task::classification, 2100, network("gelu", "layer_norm", 0));  // more than one block
  NetworkOptions small = network("tanh", "none", 0);
  small.hidden = {9, 4};
  over_all_rows("lm", Task::regression, 150, small);
  for (const optim::ScheduleInfo& schedule : optim::all_schedules()) {
    const std::string name(schedule.name);
    Case& c = all.emplace_back(make_case("schedule_" + name, Task::regression, 2, true, network("tanh", "none", 0.1)));
    c.options.schedule = name == "plateau" ? "plateau:patience=0,threshold=0.5,warmup_steps=2"
                         : name == "step"  ? "step:every=1,gamma=0.5"
                                           : name;
  }
  for (const char* loss : {"squared", "absolute", "huber"})
    all.push_back(
        make_case(std::string("loss_") + loss, Task::regression, 2, true, network("silu", "layer_norm", 0, loss)));
  all.push_back(make_case("smoothing", Task::classification, 4, false, network("mish", "none", 0.5, "auto", 0.1)));
  all.push_back(make_case("multilabel", Task::multilabel, 5, true, network("selu", "batch_norm", 0.3, "auto", 0.05)));

  const NetworkOptions deep = network("leaky_relu", "layer_norm", 0.1);
  const auto with = [&](const char* name, const std::function<void(TrainOptions&)>& change) {
    change(all.emplace_back(make_case(name, Task::classification, 3, true, deep)).options);
  };
  with("clip_norm", [](TrainOptions& o) { o.clip_norm = 0.05; });
  with("clip_value", [](TrainOptions& o) { o.clip_value = 0.004; });
  with("l1", [](TrainOptions& o) { o.l1 = 0.01; });
  with("l2", [](TrainOptions& o) { o.l2 = 0.1; });
  with("max_norm", [](TrainOptions& o) { o.max_norm = 0.7; });
  with("sum", [](TrainOptions& o) { o.reduction = Reduction::sum; });
  with("everything", [](TrainOptions& o) {
    o.clip_norm = 0.3;
    o.clip_value = 0.02;
    o.l1 = 0.001;
    o.l2 = 0.01;
    o.max_norm = 0.9;
    o.optimizer = "momentum";
    o.weight_decay = 0.01;
  });
  all.push_back(make_case("full_batch", Task::regression, 1, true, network("softplus", "none", 0)));
  all.back().options.batch = -1;
  all.push_back(make_case("one_row_left", Task::classification, 3, true, full, 65));
  all.push_back(make_case("double", Task::classification, 3, true, full));
  all.back().options.precision = Precision::float64;
  all.push_back(make_case("best_epoch", Task::classification, 3, true, deep, 120));
  all.back().validation_rows = 43;
  all.back().options.epochs = 40;
  all.back().options.patience = 2;
  all.back().options.learning_rate = 0.3;

  all.push_back(make_case("activations", Task::classification, 3, true, {}));
  all.back().network = every_activation;
  all.push_back(make_case("skip_connections", Task::regression, 2, false, {}));
  all.back().network = skip_connections;
  all.push_back(make_case("table", Task::classification, 2, false, network("relu", "none", 0.1)));
  all.back().problem = [] { return table("cancelled"); };
  all.back().options.epochs = 1;
  all.push_back(preset_case("table", "cancelled", [](NetworkOptions& n) { n.members = 4; }));
  all.back().name = "preset_ensemble";
  all.push_back(preset_case("realmlp", "lead_days"));
  all.push_back(preset_case("table", "lead_days"));
  all.push_back(preset_case("tabm", "cancelled", [](NetworkOptions& n) {
    n.scaling = "quantile";
    n.embedding = "plr";
  }));
  const auto images = [&](const char* name, std::vector<int64_t> shape, bool bytes, const char* augment) {
    Case& c = all.emplace_back(make_case(name, Task::classification, 3, true, network("relu", "none", 0.1)));
    c.problem = [=] { return as_images(make_problem(Task::classification, 77, 90, 3, true), shape, bytes); };
    c.options.augment = augment;
  };
  images("images", {9, 10}, true, "shift,rotate,scale,elastic,flip");
  images("images_of_planes", {3, 5, 6}, false, "shift=2,flip,share=0.8");
  all.back().options.augment_schedule = "flat_cos";
  images("images_of_colours", {5, 6, 3}, false, "rotate=20,elastic=9:1.5");
  images("images_double", {9, 10}, true, "rotate,elastic");
  all.back().options.precision = Precision::float64;
  // Weights and batches beyond what the matrix products take in one piece: packing, stretches of k, turns of panels.
  NetworkOptions wide = network("relu", "none", 0.1);
  wide.hidden = {150, 290};
  all.push_back(make_case("wide", Task::classification, 10, true, wide));
  all.back().problem = [] { return make_problem(Task::classification, 640, 301, 10, true); };
  all.back().options.batch = 563;
  all.back().options.epochs = 1;

  // Batches in shards: empty ones, ragged ones, some of a strip of the matrix products and some of two.
  all.push_back(make_case("shards", Task::classification, 3, true, full, 300));
  all.back().options.shards = 8;
  all.back().options.batch = 128;
  all.back().options.clip_norm = 0.5;
  all.push_back(make_case("shards_wide", Task::classification, 10, true, wide));
  all.back().problem = [] { return make_problem(Task::classification, 1300, 301, 10, true); };
  all.back().options.shards = 4;
  all.back().options.batch = 1250;
  all.back().options.epochs = 1;
  all.push_back(preset_case("realmlp", "lead_days"));
  all.back().name = "shards_preset";
  all.back().options.shards = 2;
  all.push_back(make_case("shards_double", Task::regression, 2, true, network("tanh", "batch_norm", 0.1), 150));
  all.back().options.shards = 4;
  all.back().options.batch = 100;
  all.back().options.precision = Precision::float64;
  return all;
}

}  // namespace

const std::vector<Case>& cases() {
  static const std::vector<Case> all = make_cases();
  return all;
}

}  // namespace retrograd::testing_bits
