// The one list of optimisers. A new room is added here and nowhere else.
#pragma once

#include <array>

#include "optim/adam/adam.hpp"
#include "optim/adamw/adamw.hpp"
#include "optim/lbfgs/lbfgs.hpp"
#include "optim/lm/lm.hpp"
#include "optim/momentum/momentum.hpp"
#include "optim/nesterov/nesterov.hpp"
#include "optim/optimizer.hpp"
#include "optim/rmsprop/rmsprop.hpp"
#include "optim/sgd/sgd.hpp"

namespace retrograd::optim {

/// How many of them have step functions: these stand first.
inline constexpr size_t kElementwise = 6;

inline constexpr std::array kOptimizers = {make_optimizer<Sgd>(),      make_optimizer<Momentum>(),
                                           make_optimizer<Nesterov>(), make_optimizer<RmsProp>(),
                                           make_optimizer<Adam>(),     make_optimizer<AdamW>(),
                                           full_batch_method<Lbfgs>(), full_batch_method<LevenbergMarquardt>()};

}  // namespace retrograd::optim
