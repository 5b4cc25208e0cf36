// Category codes as one feature per category: 1 at the code, 0 elsewhere.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, C] codes -> [N, Σ K_c], with K_c = Signature::sizes[c] categories of column c, each column a block of its own
/// (0 categories: the column is left out).
/// A code stands for the category that it is less than ½ away from; −1 (unknown), NaN and anything outside 0 … K_c − 1
/// give a block of zeros. A step function: no gradient passes, dx = 0.
struct OneHot {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr OperatorInfo info = {
      .name = "one_hot",
      .doc = "Turns category codes into one feature per category; unknown codes give zeros.",
      .kind = Kind::preprocess,
      .input_names = kInputs,
      .output_name = "onehot",
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
