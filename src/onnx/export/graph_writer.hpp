// The forward program up to the prediction as an ONNX graph.
#pragma once

#include "onnx/proto.hpp"
#include "retrograd/model.hpp"

namespace retrograd::model_file {

/// Adds inputs, initializers, nodes and outputs to an empty graph. A model of a table takes one input [N, 1] a column,
/// named as the column: float32, or text for categories and words; any other takes the network's inputs [N, features].
/// Outputs are those of the interface's head (interface.hpp). N is free, 0 included. Throws Error.
void write_graph(const Model& model, onnx::GraphProto& graph);

}  // namespace retrograd::model_file
