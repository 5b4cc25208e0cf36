// Names and shapes of a program's values and parameters in an ONNX graph, where all names share one space.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "graph/program.hpp"
#include "onnx/export/interface.hpp"

namespace retrograd::model_file {

/// A function of the program and the dataspec alone, so that reading finds what writing named. What other programs
/// address comes first and keeps its name: columns, then outputs; the names inside give way with a number appended.
class TensorNames {
 public:
  TensorNames(const graph::ForwardProgram& program, const DataSpec& spec, const Interface& interface);

  /// Of column `c` of the dataspec, if it is an input.
  const std::string& column(int c) const { return columns_[static_cast<size_t>(c)]; }
  /// Of a value; prediction and logits have the names of outputs.
  const std::string& value(int id) const { return values_[static_cast<size_t>(id)]; }
  const std::string& parameter(int id) const { return parameters_[static_cast<size_t>(id)]; }
  const std::string& label() const { return label_; }  ///< empty: there is none
  /// Of the output before softmax or sigmoid: of a single network's value, or of the ensemble's; empty: there is none.
  const std::string& logits() const { return logits_; }
  /// `wish`, with a number appended if it is taken; takes it.
  std::string fresh(const std::string& wish);

 private:
  std::set<std::string> taken_;
  std::vector<std::string> columns_, values_, parameters_;
  std::string label_, logits_;
};

/// What a mean probability counts as at least where an ensemble's logits are its logarithm: the smallest normal float.
inline constexpr double kLeastProbability = 0x1p-126;

/// The values whose softmax or sigmoid the prediction is, or is the mean of: one a member. Empty where the graph has no
/// output for them.
std::vector<int> logits_of_members(const graph::ForwardProgram& program, const Interface& interface);

/// [rows, cols] of a weight matrix, [F] of a vector: biases, scales, means.
std::vector<int64_t> parameter_dims(const graph::Parameter& parameter);

}  // namespace retrograd::model_file
