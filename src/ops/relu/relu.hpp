// relu: a = max(z, 0).
#pragma once

#include "ops/elementwise.hpp"

namespace retrograd::ops {

struct ReluScalar {
  template <class T>
  static T value(T z, T) {
    return z < 0 ? T{0} : z;  // a NaN stays one
  }
  /// 0 at 0: of the subgradients [0, 1] the one that leaves a silent neuron silent.
  template <class T>
  static T gain(T z, T) {
    return z > 0 ? T{1} : T{0};
  }
};

/// z [N, F] -> a [N, F]. Backward reads z: a comparison costs less than keeping the mask.
struct Relu : Elementwise<ReluScalar> {
  static constexpr double kKinks[] = {0.0};
  static constexpr double kKinkGains[] = {0.0};
  static constexpr OperatorInfo info{
      .name = "relu",
      .doc = "Rectified linear unit: passes positive numbers, silences the others.",
      .kind = Kind::activation,
      .input_names = kActivationInputs,
      .output_name = kActivationOutput,
      .kinks = kKinks,
      .kink_gains = kKinkGains,
      .initializer = "he_normal",
      .source = "Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, ICML 2010"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
