// A batch in shards: runs of whole panels of 32 rows, by position in the batch, whose sums over samples are taken apart
// and then added in a fixed binary tree. So these sums have the same bits however the shards are spread over processes,
// each of which holds an aligned part of the tree.
//
//   * A batch of P panels in S shards, S a power of two: shard s has panels [P·s/S, P·(s+1)/S). Shards of a small batch
//     may be empty: part of a panel would take as long as a panel.
//   * A node of the tree is the sum of its left half and its right half, in this order. An empty half takes no part: no
//     zero is added.
#pragma once

#include <cstdint>
#include <span>

namespace retrograd {

inline constexpr int kMaxShards = 1024;
/// Partial sums that wait at a time, at most, while a tree is added up from left to right.
inline constexpr int kMaxWaiting = 11;

/// A shard that has rows, and how the tree goes on after it: `merges` times the sum becomes that of a node, with the
/// partial sum that waits last on its left; then it waits itself, or is the result if it is the last.
struct Shard {
  int64_t begin = 0, end = 0;  ///< rows of the batch, or of a part of it; `begin` is a multiple of 32
  int merges = 0;
};

/// The tree over sum(begin, end) of each shard; of all `rows` where there are no shards.
template <class T, class Sum>
T sum_over_shards(int64_t rows, std::span<const Shard> shards, const Sum& sum) {
  if (shards.empty()) return sum(int64_t{0}, rows);
  T waiting[kMaxWaiting];
  int count = 0;
  for (const Shard& shard : shards) {
    T value = sum(shard.begin, shard.end);
    for (int m = 0; m < shard.merges; ++m) value = waiting[--count] + value;
    waiting[count++] = value;
  }
  return waiting[0];
}

}  // namespace retrograd
