// Absolute error: l = Σ_k |z_k − y_k|. Its gradient has the same size however far off z is; 0 where z = y.
#pragma once

#include <cmath>
#include <string_view>

#include "ops/residual_loss.hpp"

namespace retrograd::ops {

struct AbsoluteTerm {
  template <class T>
  static T add(T e, T, T sum) {
    return sum + std::abs(e);
  }
  /// The last branch is 0, or NaN when e is NaN.
  template <class T>
  static T gain(T e, T) {
    return e > 0 ? T{1} : e < 0 ? T{-1} : e;
  }
};

/// z [N, K], y [N, K] -> l [N, 1].
struct Absolute : ResidualLoss<AbsoluteTerm> {
  static constexpr std::string_view kInputs[] = {"z", "y"};
  static constexpr double kKinks[] = {0.0};  // of e = z − y
  static constexpr double kKinkGains[] = {0.0};
  static constexpr OperatorInfo info = {
      .name = "absolute",
      .doc = "Absolute error, summed over the features: l = Σ_k |z_k − y_k|.",
      .kind = Kind::loss,
      .min_inputs = 2,
      .max_inputs = 2,
      .input_names = kInputs,
      .output_name = "l",
      .forward_ulp = 12,
      .backward_ulp = 1,
      .kinks = kKinks,
      .kink_gains = kKinkGains,
      .target_input = true,
      .source = "definition",
  };
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
};

}  // namespace retrograd::ops
