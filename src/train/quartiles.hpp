// Medians and quartiles of the training data: a scale that far values do not move.
#pragma once

#include <vector>

#include "retrograd/data.hpp"

namespace retrograd::training {

/// What robust scaling takes from each column: x ← (x − centre)·scale.
struct RobustScale {
  std::vector<double> centre, scale;
};

/// Per column of numbers, over the values present: the median, and 1/(upper − lower quartile); where the quartiles are
/// equal 2/(largest − smallest), and 0 where all values are. Quantiles interpolate linearly between the two nearest
/// values (Hyndman & Fan, "Sample Quantiles in Statistical Packages", 1996, definition 7). A column without any value
/// has centre and scale 0.
RobustScale robust_scale(const Block& numbers);

/// The same of the 0/1 columns that one_hot makes of codes, with `sizes[c]` categories of column c.
RobustScale robust_scale_of_one_hot(const Block& codes, const std::vector<int>& sizes);

}  // namespace retrograd::training
