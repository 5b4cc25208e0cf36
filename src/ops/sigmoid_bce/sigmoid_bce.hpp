// Sigmoid with binary cross-entropy for K independent yes/no labels, as one operator.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// z [N, K], y [N, K] labels in [0, 1] -> l [N, 1].
///   y' = (1 − smoothing)·y + smoothing/2,   l = −Σ_k y'_k log σ(z_k) + (1 − y'_k) log σ(−z_k)
/// computed as max(z, 0) − z·y' + log1p(e^−|z|), which neither overflows nor loses the tails. Its gradient σ(z) − y' is
/// computed as σ(z)·(1 − y') − σ(−z)·y', which keeps its digits when the two are close.
struct SigmoidBce {
  static constexpr std::string_view kInputs[] = {"z", "y"};
  static constexpr AttributeSpec kAttributes[] = {
      {"smoothing", 0.0, 0.0, 0.999, "share of the target that is replaced by one half"}};
  static constexpr OperatorInfo info = {
      .name = "sigmoid_bce",
      .doc = "Binary cross-entropy of independent yes/no labels, summed over the labels.",
      .kind = Kind::loss,
      .min_inputs = 2,
      .max_inputs = 2,
      .input_names = kInputs,
      .output_name = "l",
      .attributes = kAttributes,
      .forward_ulp = 12,
      .backward_ulp = 12,
      .target_input = true,
      .source = "Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.90",
  };
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static void reference_forward(const Reference<float>& r);
  static void reference_forward(const Reference<double>& r);
  static void reference_backward(const Reference<float>& r);
  static void reference_backward(const Reference<double>& r);
};

}  // namespace retrograd::ops
