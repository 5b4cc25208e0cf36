#include "onnx/check.hpp"

#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include "base/fail.hpp"

namespace retrograd::model_file {

void check(onnx::ModelProto& file) {
  try {
    onnx::checker::check_model(file);
    const onnx::ShapeInferenceOptions strict(/*check_type_val=*/true, /*strict_mode_val=*/1, /*data_prop_val=*/true);
    onnx::shape_inference::InferShapes(file, onnx::OpSchemaRegistry::Instance(), strict);
  } catch (const std::exception& e) {
    fail("the model cannot be written as ONNX: {}", e.what());
  }
}

}  // namespace retrograd::model_file
