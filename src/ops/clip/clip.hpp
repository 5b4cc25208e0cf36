// clip: y = min(max(x, low), high), bounds of the data a feature: a prediction never leaves what training has seen.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, F] -> [N, F]; constants low [1, F] and high [1, F], which the data fit. The gain is 1 between the bounds, and
/// at a bound and beyond 0. NaN stays NaN.
struct Clip {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr OperatorInfo info = {
      .name = "clip",
      .doc = "Keeps every feature within bounds of its own, taken from the data.",
      .kind = Kind::preprocess,
      .input_names = kInputs,
      .output_name = "x_clip",
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
