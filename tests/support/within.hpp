// Comparisons that a NaN cannot pass.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace retrograd::support {

/// True if the error is within the tolerance. Written so that a NaN in either fails.
inline bool within(double error, double tolerance) { return error <= tolerance; }

/// |found − expected|; NaN if either is NaN, 0 if both are the same infinity.
inline double error_of(double found, double expected) { return found == expected ? 0.0 : std::fabs(found - expected); }

/// Same bytes (so −0 differs from 0, and a NaN equals only the same NaN).
template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

}  // namespace retrograd::support
