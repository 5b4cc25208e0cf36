// Small data with made-up predictions for the tests of reports.
#pragma once

#include <string>
#include <vector>

#include "base/random.hpp"
#include "retrograd/evaluate.hpp"
#include "retrograd/train.hpp"

namespace retrograd::report_test {

struct Predicted {
  DataSpec spec;
  Dataset data;
  std::vector<float> predictions;  ///< [rows][outputs]
  Results results() const { return compare(spec, data, predictions, 0.5); }
};

/// Targets of `outputs` classes, labels or numbers, and predictions that are right more often than not. Scores are
/// coarse, so that many are equal. With `weighted`, weights 0, 0.5, 1 and 2.
Predicted predicted(Task task, int64_t rows, int outputs, bool weighted);

/// A table of numeric columns "signal", "noise", a categorical "city" and a class "label" that follows `signal` and a
/// little of `city`, with a model trained on it for some epochs.
struct TrainedRun {
  DataSpec spec;
  Dataset train, valid;
  Trained trained;
};
/// `names`: of the columns signal, noise, city and label, and of the two classes.
TrainedRun trained_run(const std::vector<std::string>& names = {"signal", "noise", "city", "label", "no", "yes"});

}  // namespace retrograd::report_test
