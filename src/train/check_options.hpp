// What of the options of a network can be refused before the data are looked at.
#pragma once

#include "retrograd/train.hpp"

namespace retrograd::training {

/// Throws Error naming the option, what was found and what is expected.
void check_network_options(const NetworkOptions& options);

}  // namespace retrograd::training
