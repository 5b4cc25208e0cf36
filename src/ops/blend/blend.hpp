// blend: y = z + alpha·(a − z): a trained mixture of two layers, feature by feature. With a = σ(z) it is an activation
// that learns how far it bends.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// a, z [N, F] -> [N, F]; trained alpha [1, F], from ones (then y = a up to rounding).
///   da = alpha·dy,   dz = (1 − alpha)·dy,   dalpha = Σ_n dy·(a − z) by the lane rule (ops/lane_sum.hpp)
struct Blend {
  static constexpr std::string_view kInputs[] = {"a", "z"};
  static constexpr OperatorInfo info = {
      .name = "blend",
      .doc =
          "Mixes two layers with a trained share of each feature; over an activation and its input it learns how far "
          "the activation bends.",
      .kind = Kind::combine,
      .min_inputs = 2,
      .max_inputs = 2,
      .input_names = kInputs,
      .output_name = "y",
      .forward_ulp = 2,
      .backward_ulp = 2,
      .source =
          "Holzmueller, Grinsztajn & Steinwart, \"Better by Default\", NeurIPS 2024, section 3 (parametric activation)",
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
