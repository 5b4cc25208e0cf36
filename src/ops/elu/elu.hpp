// elu: a = z where z > 0, alpha·(e^z − 1) elsewhere.
#pragma once

#include <cmath>

#include "math/scalar.hpp"
#include "ops/elementwise.hpp"

namespace retrograd::ops {

struct EluScalar {
  template <class T>
  static T value(T z, T alpha) {
    if (z > 0) return z;
    // e^z − 1 = tanh(z/2)·(e^z + 1): no cancellation near 0.
    return alpha * (math::tanh(T{0.5} * z) * (math::exp(z) + T{1}));
  }
  template <class T>
  static T gain(T z, T alpha) {
    return z > 0 ? T{1} : alpha * math::exp(z);
  }
};

/// z [N, F] -> a [N, F]. The gain at 0 is alpha. Forward keeps the gain for backward (see ElementwiseSaved).
struct Elu : ElementwiseSaved<EluScalar> {
  static constexpr AttributeSpec kAttributes[] = {{"alpha", 1.0, 0.0, 100.0, "how far negative outputs reach"}};
  static constexpr double kKinks[] = {0.0};
  static constexpr double kKinkGains[] = {1.0};
  static constexpr OperatorInfo info{.name = "elu",
                                     .doc = "Exponential linear unit: linear above 0, saturates at -alpha below.",
                                     .kind = Kind::activation,
                                     .input_names = kActivationInputs,
                                     .output_name = kActivationOutput,
                                     .attributes = kAttributes,
                                     .forward_ulp = 7,
                                     .backward_ulp = 4,
                                     .kinks = kKinks,
                                     .kink_gains = kKinkGains,
                                     .initializer = "he_normal",
                                     .source =
                                         "Clevert, Unterthiner and Hochreiter, Fast and accurate deep network learning "
                                         "by exponential linear units, ICLR 2016"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
