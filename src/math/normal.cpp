#include "math/normal.hpp"

#include <cstdint>

#include "math/scalar.hpp"

namespace retrograd::math {
namespace {

/// Uniform in (0, 1): the middle of one of 2^52 cells, exact, from two words.
double open_uniform(Stream& stream) {
  const uint64_t high = stream.next() >> 5;  // 27 bits
  const uint64_t low = stream.next() >> 7;   // 25 bits
  return (static_cast<double>((high << 25) | low) + 0.5) * (1.0 / 4503599627370496.0);
}

}  // namespace

double normal(Stream& stream) {
  constexpr double two_pi = 6.283185307179586477;
  const double u = open_uniform(stream);
  const double v = open_uniform(stream);
  return sqrt(-2.0 * log(u)) * cos(two_pi * v);
}

}  // namespace retrograd::math
