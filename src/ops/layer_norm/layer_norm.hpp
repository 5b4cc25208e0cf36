// Layer normalisation: every row is brought to mean 0 and variance 1, then scaled and shifted per feature.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, F] -> [N, F]; trained gamma [1, F] and beta [1, F], which do not decay.
///   μ = Σ_i x_i / F,   v = Σ_i (x_i − μ)² / F (population variance, in a second pass),   ρ = 1/√(v + eps)
///   x̂ = (x − μ)·ρ,   y = gamma·x̂ + beta
///   with g = gamma·dy:   dx = ρ·(g − Σ g/F − x̂·Σ g x̂/F),   dgamma = Σ_n dy·x̂,   dbeta = Σ_n dy
/// Sums over features ascend; sums over samples follow the lane rule (ops/lane_sum.hpp). `saved` holds μ and ρ; it may
/// be null when no gradient is asked for.
struct LayerNorm {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr AttributeSpec kAttributes[] = {{"eps", 1e-5, 1e-12, 1.0, "added to the variance"}};
  static constexpr OperatorInfo info = {
      .name = "layer_norm",
      .doc = "Brings every row to mean 0 and variance 1, then scales and shifts each feature.",
      .kind = Kind::normalise,
      .input_names = kInputs,
      .output_name = "a_norm",
      .attributes = kAttributes,
      .forward_ulp = 12,
      // A rounded mean moves x̂ by |x| over the deviation, which dx multiplies. Over F features it rounds F times, with
      // signs that mostly cancel, and the scale counts each input's rounding once: √F apart at most. Twice what is
      // found.
      .backward_ulp = 20,
      .source = "Ba, Kiros and Hinton, Layer Normalization (2016), eq. 4",
  };
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void backward_batch(const Call& c, Span features);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static void reference_forward(const Reference<float>& r);
  static void reference_forward(const Reference<double>& r);
  static void reference_backward(const Reference<float>& r);
  static void reference_backward(const Reference<double>& r);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
