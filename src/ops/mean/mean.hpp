// Mean of layers of the same width: of the losses of an ensemble, or of its predictions.
#pragma once

#include <string_view>

#include "ops/many_inputs.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// 1 or more inputs [N, F] -> [N, F]: their sum in the order given, divided by their number.
struct Mean {
  static constexpr OperatorInfo info = {
      .name = "mean",
      .doc = "The mean of layers of the same width, as of the members of an ensemble.",
      .kind = Kind::combine,
      .min_inputs = 1,
      .max_inputs = kManyInputs,
      .input_names = kManyInputNames,
      .output_name = "m",
      .forward_ulp = 2,
      .backward_ulp = 1,
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
