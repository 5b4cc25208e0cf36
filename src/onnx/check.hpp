// ONNX's own judgement of what is about to be written.
#pragma once

#include "onnx/proto.hpp"

namespace retrograd::model_file {

/// Runs libonnx's checker and its strict shape inference, which compares the declared types with the inferred ones.
/// The inferred types and shapes of inner tensors stay in the graph, where viewers show them on the wires. Throws Error
/// with libonnx's reason.
void check(onnx::ModelProto& file);

}  // namespace retrograd::model_file
