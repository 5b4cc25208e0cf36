// What the engine predicts against what a reading of its graph gives.
#pragma once

#include "onnx/export/interface.hpp"
#include "onnx/tensor.hpp"
#include "retrograd/model.hpp"
#include "retrograd/parity.hpp"

namespace retrograd::parity {

/// What the engine says of the rows.
struct Expected {
  Expected(const Model& model, const Dataset& data, int threads);

  int64_t rows = 0;
  model_file::Interface interface;
  std::string prediction_name, logits_name, label_name;  ///< of the graph's outputs; empty: there is none
  int outputs = 0;
  std::vector<float> predictions, logits;  ///< row-major [rows, outputs]
  std::vector<double> scale;               ///< of each output of a regression: the target's standard deviation
};

/// Throws Error for an output that is missing, of the wrong type or shape.
GraphReading compare(const Expected& expected, const evaluation::Tensors& found, std::string by);

}  // namespace retrograd::parity
