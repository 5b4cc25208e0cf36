#include "data/cache/cache_layout.hpp"

#include <cmath>
#include <limits>

namespace retrograd {
namespace {

constexpr int64_t kLine = 64;
constexpr double kLargest = static_cast<double>(std::numeric_limits<float>::max());

CacheColumn number(bool missing) { return {missing, -kLargest, kLargest, false}; }

/// A code from `low` to the last category.
CacheColumn code(const ColumnSpec& column, double low) {
  return {false, low, static_cast<double>(column.categories.size()) - 1, true};
}

}  // namespace

bool CacheColumn::holds(float value) const {
  const auto v = static_cast<double>(value);
  if (std::isnan(v)) return missing;
  return v >= low && v <= high && (!whole || v == std::floor(v));
}

std::vector<CacheBlock> cache_blocks(const DataSpec& spec, int64_t rows, bool target, int64_t limit) {
  std::vector<CacheBlock> all = {{"numeric", {}}, {"categorical", {}}, {"target", {}}, {"weight", {}}};
  for (const ColumnSpec& column : spec.columns) {
    if (column.role == ColumnRole::feature) {
      const bool categorical = column.type == ColumnType::categorical;
      all[categorical ? 1 : 0].columns.push_back(categorical ? code(column, -1) : number(true));
    } else if (target && column.role == ColumnRole::target) {
      all[2].columns.push_back(spec.task == Task::regression ? number(false) : code(column, 0));
    } else if (target && column.role == ColumnRole::weight) {
      all[3].columns.push_back({false, 0, kLargest, false});
    }
  }
  std::erase_if(all, [](const CacheBlock& block) { return block.columns.empty(); });
  if (all.empty() || rows < 1) throw UnusableCache{"it is damaged: it has no rows"};
  int64_t end = kCacheBegin;
  for (CacheBlock& block : all) {
    block.at = end;
    if (__builtin_mul_overflow(rows, static_cast<int64_t>(block.columns.size() * sizeof(float)), &block.bytes) ||
        block.bytes > limit - end)
      throw UnusableCache{"it is damaged: its rows are more than its bytes"};
    end = (end + block.bytes + kLine - 1) / kLine * kLine;
  }
  return all;
}

int64_t cache_end(const std::vector<CacheBlock>& blocks) {
  return (blocks.back().at + blocks.back().bytes + kLine - 1) / kLine * kLine;
}

}  // namespace retrograd
