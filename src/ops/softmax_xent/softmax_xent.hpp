// Softmax with cross-entropy, the loss of a classifier, as one operator: its gradient is p − y, never a division by p.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// z [N, K], y [N, 1] class codes 0 … K−1 or [N, K] soft targets -> l [N, 1], K >= 2.
///   y' = (1 − smoothing)·y + smoothing/K,   l = −Σ_k y'_k log p_k = Σ_k y'_k (log S − (z_k − M)),   p = exp(z − M)/S
///   ∂l/∂z_k = p_k Σ_m y'_m − y'_k
/// A code stands for the class k that it is less than ½ away from; any other code (−1, NaN) is a row without a class,
/// which without smoothing adds neither loss nor gradient. `saved` holds p and, as its last feature, Σ y'; it
/// may be null when no gradient is asked for.
struct SoftmaxXent {
  static constexpr std::string_view kInputs[] = {"z", "y"};
  static constexpr AttributeSpec kAttributes[] = {
      {"smoothing", 0.0, 0.0, 0.999, "share of the target that is spread evenly over all classes"}};
  static constexpr OperatorInfo info = {
      .name = "softmax_xent",
      .doc = "Cross-entropy between the softmax of the scores and the target class (or soft targets).",
      .kind = Kind::loss,
      .min_inputs = 2,
      .max_inputs = 2,
      .input_names = kInputs,
      .output_name = "l",
      .attributes = kAttributes,
      .forward_ulp = 8,
      .backward_ulp = 8,
      .target_input = true,
      .source =
          "Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.108; smoothing: Szegedy et al. 2016, sec. 7",
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
