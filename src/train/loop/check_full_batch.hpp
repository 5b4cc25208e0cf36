// What does not go together with a method of the full batch.
#pragma once

#include "graph/program.hpp"
#include "optim/optimizer.hpp"
#include "retrograd/train.hpp"

namespace retrograd::training {

/// Throws Error, saying what to leave out, for options or networks that a full-batch method has no meaning for: parts
/// of the rows, processes, a schedule or a rate, steps that are changed after they were found, losses that differ from
/// one evaluation to the next or have kinks by a penalty; for lm also a loss other than squared error, and more trained
/// numbers than a system of equations is solved for. `rows`: of the training data.
void check_full_batch(const TrainOptions& options, const optim::OptimizerInfo& info,
                      const graph::ForwardProgram& program, int64_t rows);

}  // namespace retrograd::training
