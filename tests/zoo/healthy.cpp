#include "zoo/setups.hpp"

namespace retrograd::zoo {
namespace {

constexpr Task kClasses = Task::classification, kNumbers = Task::regression, kLabels = Task::multilabel;

struct Plan {
  std::string name;
  Task task;
  Shape shape;
  std::vector<int> hidden;
  std::string activation;
  TrainOptions options;
  std::string normalise = "none", loss = "auto";
  double dropout = 0;
  bool validated = false;
};

Animal animal(const Plan& p) {
  return {p.name, {}, [=](Half half) {
            NetworkOptions n;
            n.hidden = p.hidden;
            n.activation = p.activation;
            n.normalise = p.normalise;
            n.loss = p.loss;
            n.dropout = p.dropout;
            return setup(half, p.task, p.shape, n, p.options, p.validated);
          }};
}

}  // namespace

std::vector<Animal> healthy() {
  const Shape one{.outputs = 1}, two{.outputs = 2}, five{.rows = 600, .outputs = 5};
  const auto adam = [](int epochs) { return plan_of("adam", 0.003, epochs); };
  std::vector<Plan> plans = {
      {"relu, adam", kClasses, {}, {32}, "relu", adam(30)},
      {"relu, sgd", kClasses, {}, {32}, "relu", plan_of("sgd", 0.1, 30)},
      {"relu, momentum, two classes", kClasses, two, {24, 24}, "relu", plan_of("momentum", 0.02, 30)},
      {"tanh, sgd", kClasses, {}, {24}, "tanh", plan_of("sgd", 0.2, 30)},
      {"tanh, 4 layers", kClasses, {}, {24, 24, 24, 24}, "tanh", adam(30)},
      {"sigmoid, 1 layer", kClasses, {}, {24}, "sigmoid", adam(60)},
      {"sigmoid, 2 layers", kNumbers, one, {24, 24}, "sigmoid", plan_of("adam", 0.01, 60)},
      {"5 relu layers", kNumbers, one, {24, 24, 24, 24, 24}, "relu", adam(30)},
      {"elu regression", kNumbers, one, {32, 16}, "elu", adam(40)},
      {"gelu, five classes", kClasses, five, {32}, "gelu", adam(30)},
      {"silu, labels", kLabels, {.outputs = 3}, {32}, "silu", adam(40)},
      {"selu, 3 layers", kClasses, {}, {24, 24, 24}, "selu", adam(30)},
      {"leaky relu, rmsprop", kNumbers, one, {32, 32}, "leaky_relu", plan_of("rmsprop", 0.002, 40)},
      {"mish, absolute loss", kNumbers, one, {32}, "mish", plan_of("adam", 0.005, 40), "none", "absolute"},
      {"softplus, huber loss", kNumbers, one, {32}, "softplus", plan_of("adam", 0.01, 50), "none", "huber"},
      {"batch norm", kClasses, {}, {32, 32}, "relu", adam(20), "batch_norm"},
      {"layer norm, 4 layers", kClasses, {}, {24, 24, 24, 24}, "relu", adam(30), "layer_norm"},
      {"dropout and validation", kClasses, {.rows = 600}, {48}, "relu", adam(40), "none", "auto", 0.2, true},
      {"adamw, validation, regression",
       kNumbers,
       {.rows = 600, .outputs = 1},
       {32, 32},
       "relu",
       plan_of("adamw", 0.003, 40),
       "none",
       "auto",
       0.0,
       true},
      {"two outputs", kNumbers, two, {32}, "tanh", plan_of("adam", 0.01, 40)},
      {"labels, sgd", kLabels, two, {32}, "relu", plan_of("sgd", 0.3, 50)},
      {"linear model", kClasses, {}, {}, "relu", plan_of("adam", 0.01, 30)},
      {"noisy classes", kClasses, {.rows = 800, .noise = 1.0}, {16}, "relu", adam(15)},
      {"noisy numbers", kNumbers, {.rows = 800, .outputs = 1, .noise = 1.5}, {16}, "relu", adam(20)},
      {"a tenth of a second class, apart",
       kClasses,
       {.rows = 800, .outputs = 2, .noise = 0.1, .rare = 0.1},
       {24},
       "relu",
       adam(40)},
      {"150 rows", kClasses, {.rows = 150}, {16}, "relu", adam(50)},
      {"inputs of another unit, scaled", kClasses, {.scale = 5000, .first_scale = 100}, {24}, "relu", adam(30)},
      {"wide layer", kNumbers, one, {200}, "relu", adam(30)},
      {"long training", kClasses, {}, {24}, "tanh", adam(200)},
      {"nesterov, deep and narrow", kClasses, {}, {12, 12, 12}, "relu", plan_of("nesterov", 0.02, 40)},
  };
  std::vector<Animal> animals;
  for (const Plan& p : plans) animals.push_back(animal(p));
  return animals;
}

}  // namespace retrograd::zoo
