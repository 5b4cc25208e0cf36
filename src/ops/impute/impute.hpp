// Missing values replaced: NaN becomes the fill of its feature, e.g. the median of the training data.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, F] -> [N, F]; constant fill [1, F]. The gain is 1 where x is there and 0 where it is missing.
struct Impute {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr OperatorInfo info = {
      .name = "impute",
      .doc = "Replaces missing values (NaN) by a constant of their feature.",
      .kind = Kind::preprocess,
      .input_names = kInputs,
      .output_name = "x_full",
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
