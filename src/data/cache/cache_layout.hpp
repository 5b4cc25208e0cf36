// Where a cache's blocks lie, and which numbers they may hold.
#pragma once

#include "data/cache/cache_file.hpp"

namespace retrograd {

/// What the values of one column may be.
struct CacheColumn {
  bool missing = false;      ///< NaN is allowed
  double low = 0, high = 0;  ///< least and largest
  bool whole = false;        ///< only whole numbers
  bool holds(float value) const;
};

struct CacheBlock {
  std::string name;
  std::vector<CacheColumn> columns;
  int64_t at = 0, bytes = 0;
};

inline constexpr int64_t kCacheBegin = 4096;

/// The blocks of so many rows, in the order of the file. Throws UnusableCache where sizes overflow or `limit` bytes do
/// not hold them.
std::vector<CacheBlock> cache_blocks(const DataSpec& spec, int64_t rows, bool target, int64_t limit);
/// The place behind the last block.
int64_t cache_end(const std::vector<CacheBlock>& blocks);

}  // namespace retrograd
