// Layers side by side: y = [x_0, x_1, …].
#pragma once

#include <string_view>

#include "ops/many_inputs.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// 1 or more inputs [N, F_k] -> [N, Σ F_k].
struct Concat {
  static constexpr OperatorInfo info = {
      .name = "concat",
      .doc = "Puts the features of its inputs side by side, in the order given.",
      .kind = Kind::combine,
      .max_inputs = kManyInputs,
      .input_names = kManyInputNames,
      .output_name = "c",
      .source = "definition",
  };
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static void reference_forward(const Reference<float>& r);
  static void reference_forward(const Reference<double>& r);
  static void reference_backward(const Reference<float>& r);
  static void reference_backward(const Reference<double>& r);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
