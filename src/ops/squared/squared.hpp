// Squared error, the loss of regression: l = ½ Σ_k (z_k − y_k)², so that δ_k = z_k − y_k.
#pragma once

#include <string_view>

#include "math/scalar.hpp"
#include "ops/residual_loss.hpp"

namespace retrograd::ops {

struct SquaredTerm {
  template <class T>
  static T add(T e, T, T sum) {
    return math::fma(T{0.5} * e, e, sum);
  }
  template <class T>
  static T gain(T e, T) {
    return e;
  }
};

/// z [N, K], y [N, K] -> l [N, 1].
struct Squared : ResidualLoss<SquaredTerm> {
  static constexpr std::string_view kInputs[] = {"z", "y"};
  static constexpr OperatorInfo info = {
      .name = "squared",
      .doc = "Half the squared error, summed over the features: l = ½ Σ_k (z_k − y_k)².",
      .kind = Kind::loss,
      .min_inputs = 2,
      .max_inputs = 2,
      .input_names = kInputs,
      .output_name = "l",
      .forward_ulp = 12,
      .backward_ulp = 2,
      .target_input = true,
      .source = "definition",
  };
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
};

}  // namespace retrograd::ops
