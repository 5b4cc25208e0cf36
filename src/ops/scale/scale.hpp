// scale: y = s·x, one trained factor a feature: how much each input counts.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, F] -> [N, F]; trained s [1, F], from ones. ds = Σ_n dy·x by the lane rule (ops/lane_sum.hpp).
struct Scale {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr OperatorInfo info = {
      .name = "scale",
      .doc = "Multiplies every feature by a trained factor: how much each counts is learned before they mix.",
      .kind = Kind::normalise,
      .input_names = kInputs,
      .output_name = "x_scaled",
      .forward_ulp = 1,
      .backward_ulp = 2,
      .source = "Holzmueller, Grinsztajn & Steinwart, \"Better by Default\", NeurIPS 2024, section 3 (scaling layer)",
  };
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static void backward_batch(const Call& c, Span features);
  static void reference_forward(const Reference<float>& r);
  static void reference_forward(const Reference<double>& r);
  static void reference_backward(const Reference<float>& r);
  static void reference_backward(const Reference<double>& r);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
