// Rows whose values a network cannot read: found and left out before inference and encoding, which refuse them.
#pragma once

#include "data/table/table.hpp"
#include "retrograd/data.hpp"

namespace retrograd {

/// Of training data. Whether texts in a column are mistakes depends on the rows that are left, so columns are looked at
/// again until nothing more is found. Of a streamed table a column is in memory at a time.
void skip_bad_rows(Table& table, const DataOptions& options);

/// Of data for a model trained on `spec`. Columns that are lacking are left for encode to refuse.
void skip_bad_rows(Table& table, const DataSpec& spec, bool need_target);

/// Leaves out the rows of the file that `skipped` names, as far as they are still there.
void leave_out(Table& table, const BadRows& skipped);

}  // namespace retrograd
