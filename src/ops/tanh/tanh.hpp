// tanh: a = tanh z.
#pragma once

#include <cmath>

#include "math/scalar.hpp"
#include "ops/elementwise.hpp"

namespace retrograd::ops {

struct TanhScalar {
  template <class T>
  static T value(T z, T) {
    return math::tanh(z);
  }
  template <class T>
  static T gain(T z, T) {
    // sech² z = 4e/(1 + e)² with e = e^−2|z|: no difference, so no cancellation where tanh saturates.
    const T e = math::exp(T{-2} * std::fabs(z));
    const T r = T{1} / (T{1} + e);
    return (T{4} * e) * (r * r);
  }
};

/// z [N, F] -> a [N, F]. Forward keeps the gain for backward (see ElementwiseSaved).
struct Tanh : ElementwiseSaved<TanhScalar> {
  static constexpr OperatorInfo info{.name = "tanh",
                                     .doc = "Hyperbolic tangent: squashes to (-1, 1).",
                                     .kind = Kind::activation,
                                     .input_names = kActivationInputs,
                                     .output_name = kActivationOutput,

                                     .forward_ulp = 4,
                                     .backward_ulp = 6,

                                     .source = "definition; gain sech² z = 4e/(1 + e)² with e = exp(-2|z|)"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
