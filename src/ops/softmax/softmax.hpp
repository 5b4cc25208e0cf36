// Softmax, the probabilities of a classifier: p_j = exp(z_j)/Σ_k exp(z_k), computed from z − max z.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// z [N, K] -> p [N, K]. Backward is dz = p∘(u − ⟨p, u⟩) from the saved p, O(K) a row; the Jacobian is never
/// formed. `saved` may be null when no gradient is asked for.
struct Softmax {
  static constexpr std::string_view kInputs[] = {"z"};
  static constexpr OperatorInfo info = {
      .name = "softmax",
      .doc = "Turns scores into probabilities: positive, with sum 1, the larger the score the larger its share.",
      .kind = Kind::activation,
      .input_names = kInputs,
      .output_name = "p",
      .forward_ulp = 8,
      .backward_ulp = 32,
      .source = "Bridle, Probabilistic interpretation of feedforward classification network outputs (1990), eq. 3",
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
