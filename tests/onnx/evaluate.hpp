// A second opinion on exported graphs: the ONNX operators that the rooms emit, as plain loops over row-major tensors,
// written from ONNX's operator reference (opset 17) and from nothing of the project.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "onnx/proto.hpp"

namespace retrograd::evaluation {

/// Values of any element type: integers and truth values below 2^53 are exact in double.
template <class T>
struct Tensor {
  std::vector<int64_t> dims;
  std::vector<T> values;
};

/// Runs the graph on named inputs and returns the named outputs. Throws std::runtime_error for an operator, attribute
/// or shape that it does not know, so that a new one cannot pass unseen.
template <class T>
std::map<std::string, Tensor<T>> evaluate(const onnx::GraphProto& graph, std::map<std::string, Tensor<T>> inputs);

extern template std::map<std::string, Tensor<float>> evaluate(const onnx::GraphProto&,
                                                              std::map<std::string, Tensor<float>>);
extern template std::map<std::string, Tensor<double>> evaluate(const onnx::GraphProto&,
                                                               std::map<std::string, Tensor<double>>);

}  // namespace retrograd::evaluation
