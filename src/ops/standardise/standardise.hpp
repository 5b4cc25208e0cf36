// (x − mean)·scale per feature: inputs come to mean 0 and deviation 1 with scale = 1/deviation. At the end of a
// regression network the same room returns to the target's unit, with mean = −m/d and scale = d for mean m, deviation
// d.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, F] -> [N, F]; constants mean [1, F] and scale [1, F], which the data fit, not gradient descent.
struct Standardise {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr OperatorInfo info = {
      .name = "standardise",
      .doc = "Shifts and scales every feature by constants of the data: (x − mean)·scale.",
      .kind = Kind::preprocess,
      .input_names = kInputs,
      .output_name = "x_std",
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
