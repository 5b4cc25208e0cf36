// selu: a = lambda·elu(z, alpha) with the two constants of self-normalisation.
#pragma once

#include <cmath>

#include "math/scalar.hpp"
#include "ops/elementwise.hpp"

namespace retrograd::ops {

struct SeluScalar {
  static constexpr double kAlpha = 1.6732632423543772848170429916717;
  static constexpr double kLambda = 1.0507009873554804934193349852946;
  static constexpr double kLambdaAlpha = kLambda * kAlpha;
  template <class T>
  static T value(T z, T) {
    if (z > 0) return static_cast<T>(kLambda) * z;
    return static_cast<T>(kLambdaAlpha) * (math::tanh(T{0.5} * z) * (math::exp(z) + T{1}));
  }
  template <class T>
  static T gain(T z, T) {
    return z > 0 ? static_cast<T>(kLambda) : static_cast<T>(kLambdaAlpha) * math::exp(z);
  }
};

/// z [N, F] -> a [N, F]. The gain at 0 is lambda·alpha. Forward keeps the gain for backward (see ElementwiseSaved).
struct Selu : ElementwiseSaved<SeluScalar> {
  static constexpr double kKinks[] = {0.0};
  static constexpr double kKinkGains[] = {SeluScalar::kLambdaAlpha};
  static constexpr OperatorInfo info{
      .name = "selu",
      .doc = "Scaled exponential linear unit: keeps activations near mean 0 and variance 1.",
      .kind = Kind::activation,
      .input_names = kActivationInputs,
      .output_name = kActivationOutput,

      .forward_ulp = 8,
      .backward_ulp = 4,
      .kinks = kKinks,
      .kink_gains = kKinkGains,
      .initializer = "lecun_normal",
      .source =
          "Klambauer, Unterthiner, Mayr and Hochreiter, Self-normalizing neural networks, NeurIPS 2017, section 2 and "
          "appendix A1"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
