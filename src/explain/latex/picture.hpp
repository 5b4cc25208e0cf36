// The two networks as a LaTeX picture, for networks small enough to draw.
#pragma once

#include <string>

#include "retrograd/explain.hpp"

namespace retrograd::latex {

/// A `picture` environment (LaTeX's own; colours forward and backward must be defined) with the forward network left to
/// right and the reverse network under it, for a plain chain of at most five linear layers of at most six units. Other
/// networks: one table a layer, of the six units with the largest |∂l/∂z|. Empty if there is no linear layer.
std::string picture(const Explanation& explanation);

}  // namespace retrograd::latex
