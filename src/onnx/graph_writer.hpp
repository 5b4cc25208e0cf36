// The forward program up to the prediction as an ONNX graph.
#pragma once

#include "onnx/model_file.hpp"
#include "onnx/tensor_names.hpp"

namespace retrograd::model_file {

/// Adds inputs, initializers, nodes and outputs to an empty graph. Inputs are [N, features] and named as the network's;
/// outputs are the prediction, for softmax_xent and sigmoid_bce what the loss reads (before softmax or sigmoid), and
/// for softmax_xent `label` [N], the code of the most probable class. Throws Error.
void write_graph(const Model& model, onnx::GraphProto& graph);

}  // namespace retrograd::model_file
