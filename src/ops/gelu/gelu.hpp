// gelu: a = z·Φ(z), Φ the standard normal distribution function (the exact form, not the tanh approximation).
#pragma once

#include <cmath>

#include "math/scalar.hpp"
#include "ops/elementwise.hpp"

namespace retrograd::ops {

struct GeluScalar {
  template <class T>
  static T value(T z, T) {
    return z * math::normal_cdf(z);
  }
  template <class T>
  static T gain(T z, T) {
    return math::fma(z, math::normal_pdf(z), math::normal_cdf(z));
  }
};

/// z [N, F] -> a [N, F]. Forward keeps the gain for backward (see ElementwiseSaved).
struct Gelu : ElementwiseSaved<GeluScalar> {
  static constexpr OperatorInfo info{
      .name = "gelu",
      .doc = "Gaussian error linear unit: the input times the probability that a standard normal number is below it.",
      .kind = Kind::activation,
      .input_names = kActivationInputs,
      .output_name = kActivationOutput,

      .forward_ulp = 8,
      .backward_ulp = 8,

      .initializer = "he_normal",
      .source = "Hendrycks and Gimpel, Gaussian error linear units, arXiv:1606.08415, section 2"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
