// Does a model's ONNX graph compute what the model computes? The same rows through the engine, through the project's
// own reading of the graph, and through ONNX Runtime where it is installed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "retrograd/model.hpp"

namespace retrograd {

/// Largest differences of one output from the engine's, over all rows and columns.
struct OutputDifference {
  std::string output;   ///< "probabilities", "logits" or "value"
  double absolute = 0;  ///< |a − b|
  double relative = 0;  ///< |a − b| / max(|a|, |b|)
  int64_t ulp = 0;      ///< 32-bit floats between the two, in units of the last place
  int64_t row = -1;     ///< the row of the data with the largest absolute difference, from 0
  /// Largest |a − b| in units of what is allowed: 1e-5 for probabilities; for values 1e-5 of the larger of the value
  /// and the target's standard deviation. Logits are not judged: 0.
  double of_allowed = 0;
};

/// One reading of the graph.
struct GraphReading {
  std::string by;       ///< "own evaluation" or "ONNX Runtime" with its version
  std::string missing;  ///< why it was not done; empty: it was
  std::vector<OutputDifference> outputs;
  int64_t labels = 0;         ///< labels compared; 0 for regression
  int64_t labels_differ = 0;  ///< and are no tie
  int64_t ties = 0;  ///< differ, but the engine's probabilities of the two are within 1e-5 of each other (labels: of ½)

  bool ok() const;
};

struct Parity {
  int64_t rows = 0;
  std::vector<GraphReading> readings;
  BadRows skipped = {};  ///< rows of the data that were left out

  /// No reading that was done found a difference.
  bool ok() const;
  /// A table of the differences, and whether they are more than rounding explains.
  std::string to_text() const;
  std::string to_json() const;
};

struct ParityOptions {
  /// Where Node looks for the package onnxruntime-node; empty: the current folder and those above, and it may be
  /// missing. Named and not found is an Error.
  std::string onnxruntime;
  int threads = 0;           ///< of the engine; 0: by the work
  ReadOptions reading = {};  ///< bad rows that are left out are left out of all readings
};

/// Reads a data source (data.hpp; no target needed) as another program would, raw columns by name, and gives its rows
/// to the graph that save() writes. Throws Error for data that cannot be read, and if ONNX Runtime refuses the graph.
Parity check_parity(const Model& model, const std::string& data, const ParityOptions& options = {});

}  // namespace retrograd
