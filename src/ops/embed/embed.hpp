// embed: a trained vector for each category of one column of codes.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, C], category codes from 0, of which column `column` is read -> [N, units]; trained E [categories, units], the
/// number of categories in Signature::sizes. Row k of E is the vector of category k; a code that is none of them (not
/// seen in training, NaN) gives zeros. No gradient reaches the codes; dE_k is the sum of dy over the rows of category
/// k, one ascending chain each (one a shard, where there are shards; a shard without such a row adds 0).
struct Embed {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr AttributeSpec kAttributes[] = {{"column", 0.0, 0.0, 16777215.0, "which column of codes"}};
  static constexpr OperatorInfo info = {
      .name = "embed",
      .doc = "Looks up a trained vector for the category of one column; an unknown category gives zeros.",
      .kind = Kind::preprocess,
      .input_names = kInputs,
      .output_name = "e",
      .attributes = kAttributes,
      .source = "Guo & Berkhahn, \"Entity Embeddings of Categorical Variables\", 2016, section II",
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
