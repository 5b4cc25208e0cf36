// What training and prediction will allocate, before they do.
#pragma once

#include <string>

#include "graph/program.hpp"
#include "optim/optimizer.hpp"
#include "retrograd/train.hpp"

namespace retrograd::training {

/// Bytes, by what they are for. Doubles, so that absurd numbers do not overflow.
struct MemoryNeeded {
  double parameters = 0;   ///< with gradients, optimiser slots, and the copies that validation and checkpoints keep
  double activations = 0;  ///< of a batch, and of each thread's evaluation
  double rows = 0;         ///< order of the rows, predictions for validation
  double total() const { return parameters + activations + rows; }
};

/// Of a run with these options (complete: batch and threads are known), besides the data.
MemoryNeeded memory_of_training(const graph::ForwardProgram& program, const graph::ReverseProgram& reverse,
                                const optim::OptimizerChoice& optimizer, const TrainOptions& options, int64_t rows,
                                int64_t valid_rows);

/// The same, refused by Error with the numbers and what to change if it does not fit; else one line for the log.
std::string require_memory_of_training(const graph::ForwardProgram& program, const graph::ReverseProgram& reverse,
                                       const optim::OptimizerChoice& optimizer, const TrainOptions& options,
                                       int64_t rows, int64_t valid_rows);

/// Throws Error if predicting so many rows does not fit.
void require_memory_of_prediction(const graph::ForwardProgram& program, Precision precision, int64_t rows, int threads);

}  // namespace retrograd::training
