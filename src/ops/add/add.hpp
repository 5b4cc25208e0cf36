// Sum of layers of the same width (a residual connection): y = x_0 + x_1 + …
#pragma once

#include <string_view>

#include "ops/many_inputs.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// 2 or more inputs [N, F] -> [N, F].
struct Add {
  static constexpr OperatorInfo info = {
      .name = "add",
      .doc = "Adds two or more layers of the same width, in the order given.",
      .kind = Kind::combine,
      .min_inputs = 2,
      .max_inputs = kManyInputs,
      .input_names = kManyInputNames,
      .output_name = "s",
      .forward_ulp = 2,
      .backward_ulp = 0,
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
