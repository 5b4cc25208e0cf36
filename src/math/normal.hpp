// Normal random numbers from a counter-based stream.
#pragma once

#include "base/random.hpp"

namespace retrograd::math {

/// One standard normal number, N(0, 1), from four words of the stream (G. Box and M. Muller, "A note on the generation
/// of random normal deviates", 1958), computed in double without libm: the same on every machine. |result| < 8.6.
double normal(Stream& stream);

}  // namespace retrograd::math
