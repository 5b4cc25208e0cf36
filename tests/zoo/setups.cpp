#include "zoo/setups.hpp"

#include <algorithm>
#include <cstdlib>

namespace retrograd::zoo {

TrainOptions plan_of(const std::string& optimizer, double rate, int epochs) {
  TrainOptions o;
  o.optimizer = optimizer;
  o.learning_rate = rate;
  o.schedule = "constant";
  o.batch = 32;
  o.epochs = epochs;
  o.threads = 1;
  o.patience = 0;
  return o;
}

Setup setup(Half half, Task task, const Shape& shape, const NetworkOptions& network, const TrainOptions& options,
            bool validated) {
  Shape mine = shape;
  TrainOptions plan = options;
  if (half == Half::judge) {
    mine.seed += 40;
    mine.rows += mine.rows / 4;
    plan.seed += 8;
  }
  // For developing: the same kinds on other draws.
  if (const char* other = std::getenv("ZOO_SEED"); other != nullptr && half == Half::develop) {
    mine.seed += std::strtoull(other, nullptr, 10);
    plan.seed += mine.seed;
  }
  Loaded loaded = made_up(half, task, mine);
  Setup s;
  s.spec = loaded.spec;
  if (validated) {
    Split parts = split(loaded.data, 0.2, plan.seed, task == Task::classification);
    s.train = std::move(parts.train);
    s.valid = std::move(parts.valid);
  } else {
    s.train = std::move(loaded.data);
  }
  NetworkOptions options_of_network = network;
  if (half == Half::judge)
    for (int& width : options_of_network.hidden) width += width / 2;
  if (options_of_network.dropout < 0) options_of_network.dropout = 0;
  s.prepared = options_of_network.hidden.empty()
                   ? make_network(s.spec, s.train, std::vector<Layer>(), options_of_network)
                   : make_network(s.spec, s.train, options_of_network);
  s.options = plan;
  return s;
}

void without_scaling(Setup& s) {
  for (Layer& layer : s.prepared.network.layers)
    if (layer.type == "standardise" && layer.name == "x_scaled") layer.type = "identity";
  s.prepared.constants.erase("x_scaled.mean");
  s.prepared.constants.erase("x_scaled.scale");
}

void initialise(Setup& s, const std::string& name, double argument) {
  for (Layer& layer : s.prepared.network.layers)
    if (layer.type == "linear") layer.initializer = name, layer.initializer_argument = argument;
}

void squash_output(Setup& s, const std::string& type) {
  Network& net = s.prepared.network;
  const std::string last = net.loss_of.empty() ? net.layers.back().name : net.loss_of;
  Layer squash;
  squash.type = type;
  squash.name = "squashed";
  squash.inputs = {last};
  for (Layer& layer : net.layers) std::replace(layer.inputs.begin(), layer.inputs.end(), last, squash.name);
  net.layers.push_back(squash);
  net.loss_of = squash.name;
}

}  // namespace retrograd::zoo
