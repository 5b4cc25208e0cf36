// Folds in a report.
#pragma once

#include <string>
#include <vector>

#include "report/json.hpp"
#include "retrograd/folds.hpp"

namespace retrograd::report {

/// The metrics that folds are compared by, the usual one first.
std::vector<std::string> fold_metrics(Task task);

/// "count", "metrics" (of each its mean and sd over the folds, and its value on all rows together) and "folds".
Json folds_section(const FoldsTrained& trained);

}  // namespace retrograd::report
