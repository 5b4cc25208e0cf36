// Names and shapes of a program's values and parameters in an ONNX graph, where both share one name space.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "graph/program.hpp"

namespace retrograd::model_file {

/// A function of the program alone, so that reading finds what writing named.
class TensorNames {
 public:
  explicit TensorNames(const graph::ForwardProgram& program);

  const std::string& value(int id) const { return values_[static_cast<size_t>(id)]; }
  const std::string& parameter(int id) const { return parameters_[static_cast<size_t>(id)]; }
  /// `wish`, with a number appended if it is taken; takes it.
  std::string fresh(const std::string& wish);

 private:
  std::set<std::string> taken_;
  std::vector<std::string> values_, parameters_;
};

/// [rows, cols] of a weight matrix, [F] of a vector: biases, scales, means.
std::vector<int64_t> parameter_dims(const graph::Parameter& parameter);

}  // namespace retrograd::model_file
