// mish: a = z·tanh(softplus(z)).
#pragma once

#include <cmath>

#include "math/scalar.hpp"
#include "ops/elementwise.hpp"

namespace retrograd::ops {

struct MishScalar {
  template <class T>
  static T value(T z, T) {
    const T e = math::exp(-std::fabs(z));
    // tanh(ln(1 + w)) = w(w + 2)/(w(w + 2) + 2) with w = e^z; both forms are sums of positive terms.
    const T up = z < 0 ? math::fma(e, e, T{2} * e) : T{1} + T{2} * e;
    const T rest = z < 0 ? T{2} : T{2} * (e * e);
    return z * (up / (up + rest));
  }
  template <class T>
  static T gain(T z, T) {
    const T e = math::exp(-std::fabs(z));
    const T up = z < 0 ? math::fma(e, e, T{2} * e) : T{1} + T{2} * e;
    const T rest = z < 0 ? T{2} : T{2} * (e * e);
    // t + 4z·w(1 + w)/(w(w + 2) + 2)², numerator and denominator divided by w² or w⁴ above 0.
    const T r = T{1} / (up + rest);
    const T slope = (z < 0 ? e : e * e) * (T{4} + T{4} * e);
    return math::fma(z, slope * (r * r), up * r);
  }
};

/// z [N, F] -> a [N, F]. Forward keeps the gain for backward (see ElementwiseSaved).
struct Mish : ElementwiseSaved<MishScalar> {
  static constexpr OperatorInfo info{
      .name = "mish",
      .doc = "Smooth, self-gated unit: the input times the hyperbolic tangent of its softplus.",
      .kind = Kind::activation,
      .input_names = kActivationInputs,
      .output_name = kActivationOutput,

      .forward_ulp = 7,
      .backward_ulp = 10,

      .initializer = "he_normal",
      .source = "Misra, Mish: a self regularized non-monotonic activation function, BMVC 2020, section 3"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
