// Constant tensors of a stranger's ONNX file, and the arithmetic that exporters leave on them.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "onnx/proto.hpp"

namespace retrograd::model_file {

/// Numbers as double, whatever their type; texts for string tensors.
struct Constant {
  std::vector<int64_t> dims;
  std::vector<double> values;
  std::vector<std::string> texts;
  bool wide = false;      ///< DOUBLE
  bool integers = false;  ///< any whole-number type

  size_t size() const { return std::max(values.size(), texts.size()); }
  /// As many numbers, or texts, as the dimensions say.
  bool whole() const;
  /// The one number, if all are equal (and there is any).
  std::optional<double> uniform() const;
};

/// Types FLOAT, DOUBLE, FLOAT16, INT8 to INT64, UINT8, BOOL and STRING, raw or typed. The number of values is checked
/// against the dimensions before anything of that size is allocated. Throws Error beginning with `where`.
Constant read_constant(const onnx::TensorProto& tensor, const std::string& where);

/// `op_type` applied to constants alone (Identity, Cast, Reshape, Squeeze, Unsqueeze, Flatten, Transpose, Concat,
/// Gather of one axis, Neg, Sqrt, Add, Sub, Mul, Div with one number or equal shapes); nothing where it is none of
/// these, or if a shape does not fit. What it returns is whole.
std::optional<Constant> fold(const onnx::NodeProto& node, const std::vector<const Constant*>& inputs);

}  // namespace retrograd::model_file
