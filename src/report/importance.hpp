// Permutation importance of columns (Breiman, "Random forests", Machine Learning 45, 2001, section 10; Fisher, Rudin &
// Dominici, JMLR 20, 2019).
#pragma once

#include <string>
#include <vector>

#include "report/json.hpp"
#include "retrograd/evaluate.hpp"
#include "retrograd/model.hpp"

namespace retrograd::report {

/// Columns of one block that are permuted together: one column of a table, a patch of a picture, a run of an array.
struct ColumnGroup {
  std::string name;
  size_t block = 0;
  std::vector<int> columns = {};
};

/// Each feature column of a table; of pictures about 7 × 7 patches (rows of patches first); of other arrays at most 64
/// runs.
std::vector<ColumnGroup> column_groups(const DataSpec& spec, const Dataset& data);

/// How much worse the model gets on `data` when a group's values are shuffled between rows: the rise of the mean loss
/// and of the error (1 − accuracy of classes, the share of wrong labels, RMSE), mean and standard deviation over
/// repeats. {"rows", "repeats", "loss", "error", "error_name", "grid": [rows, columns] of pictures, "groups": [{"name",
/// "loss", "loss_sd", "error", "error_sd"}]}. At most 2,000 rows, fewer where the predictions would cost more than
/// about 5·10¹⁰ operations; null where even 50 rows do.
Json importance(const Model& model, const Dataset& data, int threads);

}  // namespace retrograd::report
