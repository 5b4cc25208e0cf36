// Models that other programs wrote: an ONNX graph as a network description with its parameters.
#pragma once

#include <string>

#include "onnx/proto.hpp"
#include "retrograd/model.hpp"

namespace retrograd::model_file {

/// Reads multi-layer networks as PyTorch's, Keras' and scikit-learn's exporters write them: Gemm, MatMul and Add;
/// activations, decomposed ones too; batch and layer normalisation; sums and concatenations of layers; scaling and
/// imputation in front; softmax, sigmoid, labels and maps of probabilities at the end.
///
/// A network with one input reads the block "x"; inputs [N, 1] that are joined become the columns of a table. The loss
/// is what belongs to the end: softmax_xent for softmax (or where the graph takes the largest output), sigmoid_bce for
/// sigmoid, squared otherwise. The classes are those that the graph names, else "0", "1", …. The note "imported" says
/// where the model came from. Throws Error beginning with `source`, naming node, operator and attribute of whatever is
/// not supported.
Model import_network(const onnx::ModelProto& file, const std::string& source);

}  // namespace retrograd::model_file
