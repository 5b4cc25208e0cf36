// Medians and quartiles of the training data: a scale that far values do not move. Of more than 1,048,576 rows evenly
// spaced ones are read.
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

/// A broken line for each column, for the operator interpolate: knots [K, F], row-major.
struct QuantileMap {
  int knots = 0;
  std::vector<double> at, to, slope;
};

/// Takes the values of a column to a standard normal distribution: the value that a share p of the rows lies below,
/// half of those equal to it included, to z with Φ(z) = p. The knots are the distinct values of at most 256 quantiles,
/// at least 10 and one for 30 rows, as far as there are so many; of columns with fewer the last knot is repeated.
/// Slopes are a little flatter than the chords, so that rounding cannot make the line fall. A column of one value, or
/// of none, becomes 0. Shares are never below ½/rows or above 1 − ½/rows: so far out are the ends of the line.
QuantileMap normal_quantiles(const Block& numbers);

/// Bins of columns of numbers, for the operator piecewise: column c has sizes[c] of them, in order of the columns.
struct Bins {
  std::vector<int> sizes;
  std::vector<double> low, scale;  ///< lower edge and 1/width of each
  RobustScale filled;              ///< of how far the values of the column fill each
};

/// The edges of a column's bins are values of it: every 1/count of the way through its sorted values, and through its
/// distinct values. The first give common values room, the second rare ones (a gain of capital that one row in twelve
/// has). A column of fewer than three distinct values has no bins: the number itself says as much. `only_tied`: nor has
/// one whose quartiles differ.
Bins bins(const Block& numbers, int count, bool only_tied = false);

}  // namespace retrograd::training
