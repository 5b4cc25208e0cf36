// How a batch is cut into shards (retrograd/shards.hpp), and which of its rows belong to one of several equal parts.
#pragma once

#include <vector>

#include "base/thread_team.hpp"
#include "retrograd/shards.hpp"

namespace retrograd {

/// Throws Error unless `shards` is a power of two, 1 to kMaxShards.
void check_shards(int64_t shards);

/// Rows of part `part` of `parts` of a batch of `rows` rows in `shards` shards; `parts` divides `shards`.
Range rows_of_part(int64_t rows, int shards, int part, int parts);

/// The shards of such a part that have rows, counted from the part's first row, in order. Allocates nothing where `out`
/// has room for min(shards / parts, panels of the part).
void cut_into_shards(int64_t rows, int shards, int part, int parts, std::vector<Shard>& out);

/// Those of a whole batch.
std::vector<Shard> cut_into_shards(int64_t rows, int shards);

}  // namespace retrograd
