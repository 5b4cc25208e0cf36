// sigmoid: a = σ(z) = 1/(1 + e^−z).
#pragma once

#include <cmath>

#include "math/scalar.hpp"
#include "ops/elementwise.hpp"

namespace retrograd::ops {

struct SigmoidScalar {
  template <class T>
  static T value(T z, T) {
    return math::sigmoid(z);
  }
  template <class T>
  static T gain(T z, T) {
    const T e = math::exp(-std::fabs(z));
    const T up = (z < 0 ? e : T{1}) / (T{1} + e);
    const T down = (z < 0 ? T{1} : e) / (T{1} + e);
    return up * down;
  }
};

/// z [N, F] -> a [N, F]. Forward keeps the gain for backward (see ElementwiseSaved).
struct Sigmoid : ElementwiseSaved<SigmoidScalar> {
  static constexpr OperatorInfo info{
      .name = "sigmoid",
      .doc = "Logistic function: squashes to (0, 1).",
      .kind = Kind::activation,
      .input_names = kActivationInputs,
      .output_name = kActivationOutput,

      .forward_ulp = 4,
      .backward_ulp = 6,

      .source = "definition; gain σ(z)·σ(−z), which keeps its digits where y(1 − y) cancels"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
