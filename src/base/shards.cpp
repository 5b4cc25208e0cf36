#include "base/shards.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "base/fail.hpp"
#include "retrograd/panel.hpp"

namespace retrograd {

void check_shards(int64_t shards) {
  if (shards < 1 || shards > kMaxShards || !std::has_single_bit(static_cast<uint64_t>(shards)))
    fail("shards is {}, expected a power of two, 1 to {}", shards, kMaxShards);
}

namespace {

/// First row of a shard.
int64_t first_row(int64_t rows, int shards, int64_t shard) {
  return std::min(rows, panels_of(rows) * shard / shards * kPanel);
}

}  // namespace

Range rows_of_part(int64_t rows, int shards, int part, int parts) {
  const int64_t own = shards / parts;
  return {first_row(rows, shards, part * own), first_row(rows, shards, (part + 1) * own)};
}

void cut_into_shards(int64_t rows, int shards, int part, int parts, std::vector<Shard>& out) {
  out.clear();
  const int64_t own = shards / parts, first = part * own, start = first_row(rows, shards, first);
  std::array<int64_t, kMaxWaiting> waiting{};  // the first shard of each partial sum that waits
  size_t count = 0;
  const auto next_with_rows = [&](int64_t s) {
    while (s < own && first_row(rows, shards, first + s) == first_row(rows, shards, first + s + 1)) ++s;
    return s;
  };
  for (int64_t s = next_with_rows(0); s < own;) {
    const int64_t next = next_with_rows(s + 1);
    Shard shard{first_row(rows, shards, first + s) - start, first_row(rows, shards, first + s + 1) - start, 0};
    int64_t begin = s;  // of the node that the sum has grown to
    for (int64_t width = 2; width <= own; width *= 2) {
      const int64_t node = begin / width * width;
      if (next < node + width && next < own) break;           // more of this node is to come
      if (count == 0 || waiting[count - 1] < node) continue;  // its left half is empty
      begin = waiting[--count];
      ++shard.merges;
    }
    waiting[count++] = begin;
    out.push_back(shard);
    s = next;
  }
}

std::vector<Shard> cut_into_shards(int64_t rows, int shards) {
  std::vector<Shard> out;
  cut_into_shards(rows, shards, 0, 1, out);
  return out;
}

}  // namespace retrograd
