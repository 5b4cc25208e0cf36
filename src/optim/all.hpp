// The one list of optimisers. A new room is added here and nowhere else.
#pragma once

#include <array>

#include "optim/adam/adam.hpp"
#include "optim/adamw/adamw.hpp"
#include "optim/momentum/momentum.hpp"
#include "optim/nesterov/nesterov.hpp"
#include "optim/optimizer.hpp"
#include "optim/rmsprop/rmsprop.hpp"
#include "optim/sgd/sgd.hpp"

namespace retrograd::optim {

template <OptimizerRoom... Rooms>
constexpr std::array<Optimizer, sizeof...(Rooms)> make_optimizers() {
  return {make_optimizer<Rooms>()...};
}

inline constexpr auto kOptimizers = make_optimizers<Sgd, Momentum, Nesterov, RmsProp, Adam, AdamW>();

}  // namespace retrograd::optim
