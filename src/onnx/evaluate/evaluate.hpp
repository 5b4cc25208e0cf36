// Another reading of an ONNX graph than the one that wrote it: operators as plain loops over row-major tensors, written
// from ONNX's operator reference (opset 17, ai.onnx.ml 3) and sharing nothing with the engine. Slow and simple.
#pragma once

#include "onnx/proto.hpp"
#include "onnx/tensor.hpp"

namespace retrograd::evaluation {

/// Runs the graph on named inputs and returns its outputs. Throws Error naming node and operator for an operator,
/// attribute, element type or shape that it does not know, so that nothing passes by being ignored.
Tensors evaluate(const onnx::GraphProto& graph, Tensors inputs);

}  // namespace retrograd::evaluation
