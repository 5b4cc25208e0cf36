// leaky_relu: a = z where z > 0, alpha·z elsewhere.
#pragma once

#include "ops/elementwise.hpp"

namespace retrograd::ops {

struct LeakyReluScalar {
  template <class T>
  static T value(T z, T alpha) {
    return z > 0 ? z : alpha * z;
  }
  template <class T>
  static T gain(T z, T alpha) {
    return z > 0 ? T{1} : alpha;
  }
};

/// z [N, F] -> a [N, F]; the gain at 0 is alpha, so that alpha = 0 is relu. Backward reads z.
struct LeakyRelu : Elementwise<LeakyReluScalar> {
  static constexpr AttributeSpec kAttributes[] = {{"alpha", 0.01, 0.0, 1.0, "slope where z is not positive"}};
  static constexpr double kKinks[] = {0.0};
  static constexpr double kKinkGains[] = {0.01};
  static constexpr OperatorInfo info{
      .name = "leaky_relu",
      .doc = "Rectified linear unit that lets a small share of negative numbers pass.",
      .kind = Kind::activation,
      .input_names = kActivationInputs,
      .output_name = kActivationOutput,
      .attributes = kAttributes,
      .forward_ulp = 1.5,  // alpha rounded to float (relative 2^-24, at most 1 ulp), then one product
      .backward_ulp = 1.5,
      .kinks = kKinks,
      .kink_gains = kKinkGains,
      .initializer = "he_normal",
      .source = "Maas, Hannun and Ng, Rectifier nonlinearities improve neural network acoustic models, ICML 2013"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
