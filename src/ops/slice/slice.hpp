// slice: some neighbouring features: y_j = x_(first + j).
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, F] -> [N, count], the features from `first` (counted from 0) on; dx is 0 elsewhere.
struct Slice {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr AttributeSpec kAttributes[] = {{"first", 0, 0, 1 << 24, "the first feature, from 0"},
                                                  {"count", 1, 1, 1 << 24, "number of features"}};
  static constexpr OperatorInfo info = {
      .name = "slice",
      .doc = "Takes some neighbouring features, as the outputs of one member of an ensemble.",
      .kind = Kind::combine,
      .input_names = kInputs,
      .output_name = "y",
      .attributes = kAttributes,
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
