// softplus: a = ln(1 + e^z).
#pragma once

#include <cmath>

#include "math/scalar.hpp"
#include "ops/elementwise.hpp"

namespace retrograd::ops {

struct SoftplusScalar {
  template <class T>
  static T value(T z, T) {
    return math::softplus(z);
  }
  template <class T>
  static T gain(T z, T) {
    return math::sigmoid(z);
  }
};

/// z [N, F] -> a [N, F]. Forward keeps the gain for backward (see ElementwiseSaved).
struct Softplus : ElementwiseSaved<SoftplusScalar> {
  static constexpr OperatorInfo info{
      .name = "softplus",
      .doc = "A smooth relu.",
      .kind = Kind::activation,
      .input_names = kActivationInputs,
      .output_name = kActivationOutput,

      .forward_ulp = 5,
      .backward_ulp = 4,

      .initializer = "he_normal",
      .source =
          "Dugas, Bengio, Belisle, Nadeau and Garcia, Incorporating second-order functional knowledge, NeurIPS 2000"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
