// What of the options of a network can be refused before the data are looked at.
#pragma once

#include <array>
#include <string_view>

#include "retrograd/train.hpp"

namespace retrograd::training {

/// What NetworkOptions' rates and decays may name.
inline constexpr std::array<std::string_view, 6> kParameterGroups = {"bias",  "scale",  "embedding",
                                                                     "blend", "output", "adapter"};

/// Options that who gives them means for a network of his own, which the other values of a recipe do not fit: preset
/// "auto" is "plain" then, on the command line and in Python's estimators.
inline constexpr std::array<std::string_view, 7> kByHand = {"optimizer", "learning_rate", "normalise", "initializer",
                                                            "ntk",       "reduction",     "precision"};

/// Throws Error naming the option, what was found and what is expected.
void check_network_options(const NetworkOptions& options);

}  // namespace retrograd::training
