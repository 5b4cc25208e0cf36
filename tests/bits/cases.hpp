// The trainings whose models are held against each other, and against a list that every build must reproduce.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "train/problems.hpp"

namespace retrograd::testing_bits {

struct Case {
  std::string name;
  std::function<testing_train::Problem()> problem;
  std::function<Prepared(const testing_train::Problem&)> network;
  TrainOptions options;
  /// The last rows are kept for validation; the model is that of the best epoch, and the patience may end the run.
  int64_t validation_rows = 0;
};

/// Between them they train every operator, optimiser and schedule; most end an epoch with a ragged batch.
const std::vector<Case>& cases();

}  // namespace retrograd::testing_bits
