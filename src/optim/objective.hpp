// What a full-batch method sees of training: a function F(θ), its gradient, and numbers that are stored with a certain
// precision. All sums of a method are taken in double, on one thread, in a fixed order; θ holds stored numbers only.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "optim/attributes.hpp"

namespace retrograd::optim {

class Objective {
 public:
  virtual ~Objective() = default;
  /// F(θ); fills `gradient`, both [n]. Either may be infinite or NaN far from a minimum.
  virtual double evaluate(std::span<const double> theta, std::span<double> gradient) = 0;
  /// The nearest number that can be stored.
  virtual double stored(double value) const { return value; }
  /// Relative error of F: two values within it are the same number, seen through rounding.
  virtual double noise() const { return 1e-13; }
};

/// A point with F and its gradient there.
struct Point {
  std::vector<double> theta, gradient;
  double value = 0;
};

/// What one iteration came to. The point moves to a lower F, or stays and `ended` says why.
struct Iteration {
  std::string ended;    ///< why no further iteration would help; else empty
  double step = 0;      ///< length along the direction, or 1
  int evaluations = 0;  ///< of F
};

/// Σ a·b: 32 chains of fused multiply-adds over elements i, i+32, …, folded by halves.
inline double dot(std::span<const double> a, std::span<const double> b) {
  constexpr size_t kLanes = 32;
  double sums[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes)
    for (size_t l = 0; l < kLanes; ++l) sums[l] = std::fma(a[i + l], b[i + l], sums[l]);
  for (size_t l = 0; i + l < a.size(); ++l) sums[l] = std::fma(a[i + l], b[i + l], sums[l]);
  for (size_t half = kLanes / 2; half > 0; half /= 2)
    for (size_t l = 0; l < half; ++l) sums[l] += sums[l + half];
  return sums[0];
}

/// y ← y + factor·x, fused.
inline void add_multiple(double factor, std::span<const double> x, std::span<double> y) {
  for (size_t i = 0; i < y.size(); ++i) y[i] = std::fma(factor, x[i], y[i]);
}

/// max |x|; NaN if there is one.
inline double largest(std::span<const double> x) {
  double most = 0;
  for (const double v : x) most = (v < 0 ? -v : v) <= most ? most : (v < 0 ? -v : v);
  return most;
}

}  // namespace retrograd::optim
