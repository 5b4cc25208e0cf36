// Parameters before the first step.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/program.hpp"
#include "optim/optimizer.hpp"
#include "retrograd/train.hpp"

namespace retrograd::training {

/// [program.total_size]: by the initialisers and the seed, with the precision of the options, then the values that
/// `prepared` gives by name. Throws Error naming a parameter that does not exist or has another size.
std::vector<double> initial_parameters(const graph::ForwardProgram& program, const Prepared& prepared,
                                       const TrainOptions& options);

/// Flat parameters [program.total_size], by their names.
std::map<std::string, std::vector<double>> by_name(const graph::ForwardProgram& program,
                                                   const std::vector<double>& flat);

/// The optimiser's slots of `state`. Throws Error unless they are as many and as long as this optimiser's.
const std::vector<std::vector<double>>& initial_slots(const graph::ForwardProgram& program,
                                                      const optim::OptimizerChoice& choice, const TrainState& state);

}  // namespace retrograd::training
