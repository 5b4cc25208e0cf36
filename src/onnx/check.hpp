// ONNX's own judgement of what is about to be written.
#pragma once

#include "onnx/proto.hpp"

namespace retrograd::model_file {

/// Runs libonnx's checker and its strict shape inference, which compares the declared types with the inferred ones.
/// The message is unchanged afterwards. Throws Error with libonnx's reason.
void check(onnx::ModelProto& file);

}  // namespace retrograd::model_file
