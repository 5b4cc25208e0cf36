// affine: y = s·x + b, a trained factor and a trained offset for every feature.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, F] -> [N, F]; trained s [1, F], from ones, and b [1, F], from zeros; y is one fused multiply-add.
///   dx = s·dy,  ds = Σ_n dy·x,  db = Σ_n dy, sums by the lane rule (ops/lane_sum.hpp)
struct Affine {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr OperatorInfo info = {
      .name = "affine",
      .doc = "Multiplies every feature by a trained factor and adds a trained offset.",
      .kind = Kind::normalise,
      .input_names = kInputs,
      .output_name = "y",
      .forward_ulp = 2,
      .backward_ulp = 2,
      .source = "Wen, Tran & Ba, \"BatchEnsemble\", ICLR 2020, section 3 (s and the members' biases)",
  };
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static void backward_batch(const Call& c, Span items);
  static void reference_forward(const Reference<float>& r);
  static void reference_forward(const Reference<double>& r);
  static void reference_backward(const Reference<float>& r);
  static void reference_backward(const Reference<double>& r);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
