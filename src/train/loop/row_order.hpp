// In which order an epoch visits the rows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "base/random.hpp"

namespace retrograd::training {

/// Rows [0, count) in batches of `batch`, shuffled anew for each epoch by its number alone; the whole data in one batch
/// keep their order.
class RowOrder {
 public:
  RowOrder(int64_t count, int64_t batch, uint64_t seed)
      : rows_(static_cast<size_t>(count)), batch_(batch), seed_(seed) {
    in_order();
  }

  int64_t batches() const { return (count() + batch_ - 1) / batch_; }

  /// Fisher-Yates from the natural order, keyed by seed and epoch.
  void begin(int epoch) {
    if (batch_ >= count()) return;
    in_order();
    Stream stream(seed_, Purpose::shuffle, static_cast<uint64_t>(epoch));
    for (size_t i = rows_.size(); i > 1; --i) std::swap(rows_[i - 1], rows_[stream.below(i)]);
  }

  /// All rows from this place on.
  std::span<const int64_t> from(int64_t place) const { return std::span(rows_).subspan(static_cast<size_t>(place)); }

  /// The batch that begins at this place of the epoch's order.
  std::span<const int64_t> at(int64_t place) const {
    return std::span(rows_).subspan(static_cast<size_t>(place), static_cast<size_t>(std::min(batch_, count() - place)));
  }

 private:
  int64_t count() const { return std::ssize(rows_); }
  void in_order() { std::iota(rows_.begin(), rows_.end(), int64_t{0}); }

  std::vector<int64_t> rows_;
  int64_t batch_;
  uint64_t seed_;
};

}  // namespace retrograd::training
