// Huber's loss: ½e² where |e| <= delta, delta·(|e| − ½delta) beyond, with e = z − y. The gradient e is cut to ±delta.
#pragma once

#include <cmath>
#include <string_view>

#include "math/scalar.hpp"
#include "ops/residual_loss.hpp"

namespace retrograd::ops {

/// With q = min(|e|, delta) both branches are q·(|e| − ½q).
struct HuberTerm {
  template <class T>
  static T add(T e, T delta, T sum) {
    const T size = std::abs(e);
    const T q = size < delta ? size : delta;
    return math::fma(q, size - T{0.5} * q, sum);
  }
  /// The order of the tests keeps NaN.
  template <class T>
  static T gain(T e, T delta) {
    return e > delta ? delta : e < -delta ? -delta : e;
  }
};

/// z [N, K], y [N, K] -> l [N, 1].
struct Huber : ResidualLoss<HuberTerm> {
  static constexpr std::string_view kInputs[] = {"z", "y"};
  static constexpr AttributeSpec kAttributes[] = {
      {"delta", 1.0, 1e-6, 1e6, "size of the residual beyond which the loss grows linearly"}};
  static constexpr OperatorInfo info = {
      .name = "huber",
      .doc = "Squared error near the target and absolute error beyond delta: outliers pull with a bounded gradient.",
      .kind = Kind::loss,
      .min_inputs = 2,
      .max_inputs = 2,
      .input_names = kInputs,
      .output_name = "l",
      .attributes = kAttributes,
      .forward_ulp = 16,
      .backward_ulp = 2,
      .target_input = true,
      .source = "Huber, Robust Estimation of a Location Parameter, Ann. Math. Statist. 35 (1964), eq. 1.3",
  };
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
};

}  // namespace retrograd::ops
