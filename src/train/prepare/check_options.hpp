// What of the options of a network can be refused before the data are looked at.
#pragma once

#include <array>
#include <string_view>

#include "retrograd/train.hpp"

namespace retrograd::training {

/// What NetworkOptions' rates and decays may name.
inline constexpr std::array<std::string_view, 6> kParameterGroups = {"bias",  "scale",  "embedding",
                                                                     "blend", "output", "adapter"};

/// Throws Error naming the option, what was found and what is expected.
void check_network_options(const NetworkOptions& options);

}  // namespace retrograd::training
