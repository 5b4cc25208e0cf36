// identity: a = z.
#pragma once

#include "ops/elementwise.hpp"

namespace retrograd::ops {

struct IdentityScalar {
  template <class T>
  static T value(T z, T) {
    return z;
  }
  template <class T>
  static T gain(T, T) {
    return T{1};
  }
};

/// z [N, F] -> a [N, F], unchanged: the activation of a linear layer.
struct Identity : Elementwise<IdentityScalar> {
  static constexpr OperatorInfo info{.name = "identity",
                                     .doc = "Passes its input unchanged.",
                                     .kind = Kind::activation,
                                     .input_names = kActivationInputs,
                                     .output_name = kActivationOutput,
                                     .source = "definition"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
