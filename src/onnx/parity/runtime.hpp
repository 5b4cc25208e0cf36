// ONNX Runtime as another program, reached through Node: its package onnxruntime-node needs no compiler, and what the
// project links to does not grow.
#pragma once

#include <string>
#include <vector>

#include "onnx/tensor.hpp"

namespace retrograd::runtime {

/// A model file's bytes and its inputs, all of `rows` rows.
struct Job {
  std::string model;
  evaluation::Tensors inputs;
  int64_t rows = 0;
};

struct Result {
  evaluation::Tensors outputs;
  std::string error;  ///< ONNX Runtime's reason for refusing; empty: it ran
};

struct Answer {
  std::string version;
  std::vector<Result> results;  ///< one a job
  std::string missing;          ///< why nothing could be run; empty: it could
};

/// Runs the jobs in one Node process, in blocks of rows. `folder`: where Node looks for onnxruntime-node (its
/// node_modules, or those of a folder above). Throws Error if the exchange with Node fails.
Answer run(const std::vector<Job>& jobs, const std::string& folder);

}  // namespace retrograd::runtime
