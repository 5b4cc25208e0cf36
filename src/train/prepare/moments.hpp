// Means and standard deviations of the training data, by which inputs and targets are standardised.
#pragma once

#include <vector>

#include "retrograd/data.hpp"

namespace retrograd::training {

/// Of each column over the values present (N in the denominator); two passes, rows ascending.
struct Moments {
  std::vector<double> mean, sd;
  bool missing = false;  ///< some value is
};
Moments moments(const Block& block);

/// One mean and deviation for all columns: pixels share their scale.
Moments pooled(const Moments& m);

/// 1/v, and 0 where v is 0 or so small that its reciprocal is no 32-bit float: numbers that differ by so little are one.
double reciprocal(double v);

/// 1/sd, and 0 for a column that does not vary: it then carries nothing.
std::vector<double> inverse(const std::vector<double>& sd);

/// The largest, or smallest, value of each column, none of which is missing. At least one row.
std::vector<double> extremes(const Block& block, bool largest);

}  // namespace retrograd::training
