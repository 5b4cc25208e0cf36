// How the values of the data are distributed, column by column.
#pragma once

#include "report/json.hpp"
#include "retrograd/data.hpp"
#include "retrograd/train.hpp"

namespace retrograd::report {

/// Counts of `values` in `bins` bins of equal width as {"from", "to", "integers", "counts", "below", "above",
/// "missing"}. NaN is missing. Whole numbers ("integers") get bins of a whole width, at most `bins`, from a half below.
/// The bins span the 0.5 % to 99.5 % quantiles where the values beyond would leave most bins empty; those are counted
/// as below and above.
Json histogram(std::vector<float> values, int bins = 24);

/// An array, an object a column of the dataspec: what the dataspec knows, and "histogram" (numbers, of the rows in
/// `train`, at most 100,000 of them) or "categories" and "counts" (the 12 most frequent, the rest in "others").
Json columns(const DataSpec& spec, const Dataset& train);

/// Array data: {"shape", "values": histogram of all numbers} and, for pictures of at most 64 × 64 pixels and at most 20
/// classes, "means": [{"name", "pixels": 0 … 255}] the mean picture of each class. Where `options` (complete, or null)
/// augment, "augmented": {"how", "rows": [[pixels, pixels, …]]}: some rows as they are, then as epochs 1, 2, … saw
/// them. `train` must hold "x".
Json arrays(const DataSpec& spec, const Dataset& train, const TrainOptions* options);

/// Whether a row is a picture that the page draws: two dimensions of at most 64.
bool is_picture(const DataSpec& spec);

/// The pixels of one row as 0 … 255, the block's values scaled from [low, high].
Json pixels(const Block& x, int64_t row, double low, double high);
/// The smallest and largest value of a block (of at most 2,000 rows, enough to draw with).
std::pair<double, double> value_range(const Block& x);

}  // namespace retrograd::report
