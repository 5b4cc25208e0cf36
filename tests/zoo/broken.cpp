#include "zoo/setups.hpp"

namespace retrograd::zoo {
namespace {

constexpr Task kClasses = Task::classification, kNumbers = Task::regression, kLabels = Task::multilabel;

NetworkOptions net(std::vector<int> hidden, const std::string& activation) {
  NetworkOptions n;
  n.hidden = std::move(hidden);
  n.activation = activation;
  return n;
}

std::vector<int> deep(int depth, int width) { return std::vector<int>(static_cast<size_t>(depth), width); }

Shape numbers(Shape s = {}) {
  s.outputs = 1;
  return s;
}

using Change = std::function<void(Setup&, Half)>;

Animal animal(const std::string& name, std::vector<std::string> expected, Task task, const Shape& shape,
              const NetworkOptions& network, const TrainOptions& options, Change change = {}) {
  return {name, std::move(expected), [=](Half half) {
            Setup s = setup(half, task, shape, network, options);
            if (change) change(s, half);
            return s;
          }};
}

Change start_with(const std::string& initializer, double argument) {
  return [=](Setup& s, Half) { initialise(s, initializer, argument); };
}

Change raw() {
  return [](Setup& s, Half) { without_scaling(s); };
}

Change squashed(const std::string& type) {
  return [=](Setup& s, Half) { squash_output(s, type); };
}

/// Biases of a layer, before training.
Change biased(const std::string& parameter, double value) {
  return [=](Setup& s, Half) {
    int units = 0, at = 0;
    for (const Layer& layer : s.prepared.network.layers)
      if (layer.type == "linear" && ++at == parameter.back() - '0') units = layer.units;
    s.prepared.constants[parameter] = std::vector<double>(static_cast<size_t>(units), value);
  };
}

Change shifted_targets(double factor, double shift) {
  return [=](Setup& s, Half) {
    auto& y = std::get<std::vector<float>>(s.train.target.values);
    for (float& v : y) v = static_cast<float>(static_cast<double>(v) * factor + shift);
  };
}

/// Class codes as numbers for a squared loss.
Change codes_as_numbers() {
  return [](Setup& s, Half) {
    Network& n = s.prepared.network;
    for (Layer& layer : n.layers)
      if (layer.name == n.loss_of) layer.units = 1;
    n.loss_type = "squared";
    n.loss_attributes.clear();
    n.prediction_layer.clear();
  };
}

/// Diagnosed on rows of the same kind that it was not trained on.
Animal learned_by_heart(const std::string& name, Task task, const Shape& shape, const NetworkOptions& network,
                        const TrainOptions& options) {
  return {name, {"over_fitting"}, [=](Half half) {
            Setup s = setup(half, task, shape, network, options);
            Shape fresh = shape;
            fresh.rows = 400;
            // The same centres and another draw: rows beyond those trained on.
            Setup more = setup(half, task, fresh, network, options);
            std::vector<int64_t> rest;
            for (int64_t n = s.train.rows; n < more.train.rows; ++n) rest.push_back(n);
            s.diagnosed = take(more.train, rest);
            return s;
          }};
}

}  // namespace

std::vector<Animal> broken() {
  const TrainOptions sgd = plan_of("sgd", 0.1, 20), adam = plan_of("adam", 0.003, 20);
  std::vector<Animal> a;
  // Initialisation.
  a.push_back(animal("all weights 0", {"poor_initialisation"}, kClasses, {}, net({16, 16}, "tanh"), sgd,
                     start_with("zeros", 0)));
  a.push_back(animal("all weights 0.1", {"poor_initialisation"}, kNumbers, numbers(), net({16}, "tanh"), sgd,
                     start_with("constant", 0.1)));
  a.push_back(animal("weights of size 3, relu", {"poor_initialisation", "exploding_gradients"}, kClasses, {},
                     net(deep(4, 24), "relu"), sgd, start_with("normal", 3)));
  a.push_back(animal("weights of size 0.001, relu", {"poor_initialisation", "vanishing_gradients"}, kClasses, {},
                     net(deep(5, 24), "relu"), sgd, start_with("normal", 0.001)));
  a.push_back(animal("weights of size 0.02, tanh", {"poor_initialisation", "vanishing_gradients"}, kNumbers, numbers(),
                     net(deep(5, 20), "tanh"), sgd, start_with("normal", 0.02)));
  // Depth.
  a.push_back(animal("8 sigmoid layers, sgd", {"vanishing_gradients"}, kClasses, {}, net(deep(8, 16), "sigmoid"), sgd));
  a.push_back(animal("10 sigmoid layers, adam", {"vanishing_gradients"}, kNumbers, numbers(),
                     net(deep(10, 16), "sigmoid"), plan_of("adam", 0.001, 15)));
  a.push_back(animal("7 sigmoid layers, momentum", {"vanishing_gradients"}, kLabels, {.outputs = 2},
                     net(deep(7, 20), "sigmoid"), plan_of("momentum", 0.03, 15)));
  a.push_back(animal("weights of size 1, 8 relu layers", {"exploding_gradients", "poor_initialisation"}, kClasses, {},
                     net(deep(8, 24), "relu"), sgd, start_with("normal", 1)));
  a.push_back(animal("weights of size 1, 7 elu layers", {"exploding_gradients", "poor_initialisation"}, kNumbers,
                     numbers(), net(deep(7, 24), "elu"), sgd, start_with("normal", 1)));
  // Rate.
  a.push_back(animal("sgd at 50", {"rate_too_high"}, kClasses, {}, net({32}, "relu"), plan_of("sgd", 50, 10)));
  a.push_back(animal("adam at 3", {"rate_too_high"}, kClasses, {}, net({32, 32}, "relu"), plan_of("adam", 3, 10)));
  a.push_back(animal("momentum at 20, regression", {"rate_too_high"}, kNumbers, numbers(), net({32}, "tanh"),
                     plan_of("momentum", 20, 10)));
  a.push_back(animal("sgd at 0.00001", {"rate_too_low"}, kClasses, {}, net({32}, "relu"), plan_of("sgd", 1e-5, 20)));
  a.push_back(animal("adam at 0.000002", {"rate_too_low"}, kNumbers, numbers(), net({32, 16}, "relu"),
                     plan_of("adam", 2e-6, 20)));
  a.push_back(animal("nesterov at 0.00002", {"rate_too_low"}, kLabels, {.outputs = 3}, net({24}, "tanh"),
                     plan_of("nesterov", 2e-5, 20)));
  // Inputs.
  a.push_back(animal("inputs in thousands, sgd", {"unscaled_inputs"}, kClasses, {.scale = 1000}, net({24}, "relu"), sgd,
                     raw()));
  a.push_back(animal("one input in ten thousands", {"unscaled_inputs"}, kNumbers, numbers({.first_scale = 1e4}),
                     net({24}, "relu"), plan_of("sgd", 0.03, 20), raw()));
  a.push_back(
      animal("inputs in thousandths", {"unscaled_inputs"}, kClasses, {.scale = 1e-3}, net({24}, "relu"), sgd, raw()));
  a.push_back(animal("inputs in hundreds, sigmoid", {"unscaled_inputs", "saturated_units"}, kNumbers,
                     numbers({.scale = 300}), net({24, 24}, "sigmoid"), adam, raw()));
  // Output and loss.
  a.push_back(animal("softmax before softmax_xent", {"double_softmax"}, kClasses, {}, net({24}, "relu"), sgd,
                     squashed("softmax")));
  a.push_back(animal("sigmoid before sigmoid_bce", {"double_softmax"}, kLabels, {.outputs = 2}, net({24}, "tanh"), adam,
                     squashed("sigmoid")));
  a.push_back(animal("sigmoid output, targets beyond 1", {"wrong_loss"}, kNumbers, numbers(), net({24}, "relu"), adam,
                     squashed("sigmoid")));
  a.push_back(animal("relu output, targets below 0", {"wrong_loss"}, kNumbers, numbers(), net({24}, "tanh"), adam,
                     squashed("relu")));
  a.push_back(animal("tanh before softmax_xent", {"wrong_loss"}, kClasses, {.outputs = 4}, net({24}, "relu"), adam,
                     squashed("tanh")));
  a.push_back(animal("squared loss of class codes", {"wrong_loss"}, kClasses, {.outputs = 4}, net({24}, "relu"), adam,
                     codes_as_numbers()));
  // Units.
  a.push_back(
      animal("first biases at -20, relu", {"dead_units"}, kClasses, {}, net({32, 16}, "relu"), sgd, biased("b1", -20)));
  a.push_back(animal("second biases at -30, relu", {"dead_units"}, kNumbers, numbers(), net({24, 24, 12}, "relu"),
                     plan_of("sgd", 0.03, 20), biased("b2", -30)));
  a.push_back(animal("weights of size 20, tanh", {"saturated_units", "poor_initialisation"}, kClasses, {},
                     net({24, 24}, "tanh"), sgd, start_with("normal", 20)));
  a.push_back(animal("biases at 30, sigmoid", {"saturated_units"}, kNumbers, numbers(), net({24}, "sigmoid"), sgd,
                     biased("b1", 30)));
  // Targets.
  a.push_back(animal("class codes from 1", {"labels_out_of_range"}, kClasses, {}, net({24}, "relu"), adam,
                     shifted_targets(1, 1)));
  a.push_back(animal("labels -1 and 1", {"labels_out_of_range"}, kLabels, {.outputs = 2}, net({24}, "relu"), adam,
                     shifted_targets(2, -1)));
  a.push_back(
      animal("shuffled classes", {"labels_unrelated"}, kClasses, {.shuffled = true}, net({32, 32}, "relu"), adam));
  a.push_back(animal("shuffled numbers", {"labels_unrelated"}, kNumbers, numbers({.shuffled = true}),
                     net({32, 32}, "tanh"), adam));
  a.push_back(animal("3 % of a second class that overlaps", {"class_imbalance"}, kClasses,
                     {.rows = 800, .outputs = 2, .noise = 1.5, .rare = 0.03}, net({12}, "relu"),
                     plan_of("sgd", 0.05, 15)));
  // What comes out.
  a.push_back(learned_by_heart("40 rows by heart, classes", kClasses, {.rows = 40, .noise = 2.0},
                               net({128, 128}, "relu"), plan_of("adam", 0.005, 200)));
  a.push_back(learned_by_heart("32 rows by heart, numbers", kNumbers, numbers({.rows = 32, .noise = 2.5}),
                               net({128, 128}, "relu"), plan_of("adam", 0.005, 200)));
  TrainOptions decayed = plan_of("adamw", 0.01, 20);
  decayed.weight_decay = 60;
  a.push_back(animal("weight decay 60", {"no_learning"}, kClasses, {}, net({24}, "relu"), decayed));
  TrainOptions penalised = plan_of("sgd", 0.02, 20);
  penalised.l2 = 40;
  a.push_back(animal("l2 of 40", {"no_learning"}, kNumbers, numbers(), net({24}, "tanh"), penalised));
  return a;
}

}  // namespace retrograd::zoo
