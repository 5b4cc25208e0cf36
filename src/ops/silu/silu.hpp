// silu (swish): a = z·σ(z).
#pragma once

#include <cmath>

#include "math/scalar.hpp"
#include "ops/elementwise.hpp"

namespace retrograd::ops {

struct SiluScalar {
  template <class T>
  static T value(T z, T) {
    const T e = math::exp(-std::fabs(z));
    return z * ((z < 0 ? e : T{1}) / (T{1} + e));
  }
  template <class T>
  static T gain(T z, T) {
    const T e = math::exp(-std::fabs(z));
    const T r = T{1} / (T{1} + e);
    return math::fma(z, e * (r * r), z < 0 ? e * r : r);
  }
};

/// z [N, F] -> a [N, F]. Forward keeps the gain for backward (see ElementwiseSaved).
struct Silu : ElementwiseSaved<SiluScalar> {
  static constexpr OperatorInfo info{
      .name = "silu",
      .doc = "Sigmoid linear unit: the input times its logistic function.",
      .kind = Kind::activation,
      .input_names = kActivationInputs,
      .output_name = kActivationOutput,

      .forward_ulp = 5,
      .backward_ulp = 8,

      .initializer = "he_normal",
      .source = "Elfwing, Uchibe and Doya, Sigmoid-weighted linear units, Neural Networks 107 (2018), section 2"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
