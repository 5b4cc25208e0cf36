#include "train/prepare/initial.hpp"

#include <algorithm>

#include "base/fail.hpp"

namespace retrograd::training {

std::vector<double> initial_parameters(const graph::ForwardProgram& program, const Prepared& prepared,
                                       const TrainOptions& options) {
  std::vector<double> values(program.total_size);
  if (options.precision == Precision::float32) {
    std::vector<float> narrow(program.total_size);
    graph::initialize(program, options.seed, narrow.data());
    values.assign(narrow.begin(), narrow.end());
  } else {
    graph::initialize(program, options.seed, values.data());
  }
  for (const auto& [name, constant] : prepared.constants) {
    const graph::Parameter* p = program.parameter(name);
    if (p == nullptr) fail("there is no parameter '{}' in the network to hold a given constant", name);
    if (p->size() != constant.size())
      fail("parameter '{}' has {} numbers, the given constant {}", name, p->size(), constant.size());
    std::copy(constant.begin(), constant.end(), values.begin() + static_cast<std::ptrdiff_t>(p->offset));
  }
  return values;
}

std::map<std::string, std::vector<double>> by_name(const graph::ForwardProgram& program,
                                                   const std::vector<double>& flat) {
  std::map<std::string, std::vector<double>> values;
  for (const graph::Parameter& p : program.parameters) {
    const auto first = flat.begin() + static_cast<std::ptrdiff_t>(p.offset);
    values[p.name].assign(first, first + static_cast<std::ptrdiff_t>(p.size()));
  }
  return values;
}

const std::vector<std::vector<double>>& initial_slots(const graph::ForwardProgram& program,
                                                      const optim::OptimizerChoice& choice, const TrainState& state) {
  const size_t slots = optim::slot_names(choice).size();
  if (state.slots.size() != slots)
    fail("the state to go on from has {} slots, {} has {}; go on with the optimiser of that run", state.slots.size(),
         choice.optimizer->info.name, slots);
  for (const std::vector<double>& slot : state.slots)
    if (slot.size() != program.trained_size)
      fail("the state to go on from is of {} trained numbers, the network has {}", slot.size(), program.trained_size);
  return state.slots;
}

}  // namespace retrograd::training

namespace retrograd {

Prepared go_on(const Model& model, TrainState state) {
  Prepared prepared;
  prepared.network = model.network();
  for (const graph::Parameter& p : model.program().parameters) prepared.constants[p.name] = model.parameter(p.name);
  prepared.state = std::move(state);
  return prepared;
}

}  // namespace retrograd
