// Rows of mapped data in the order of their visit, a window of many steps at a time.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/thread_team.hpp"
#include "train/engine/engine.hpp"
#include "train/loop/row_order.hpp"

namespace retrograd::training {

/// Shuffled rows lie all over the file. A window copies the rows of the next steps, in the order in which they lie
/// there, so that each page is read once a window: an epoch reads the file (its size / the window's size) times from
/// the front to the back, and steps gather from memory. The numbers of a step are those of the in-memory run.
class Window {
 public:
  /// Whether some of the inputs are mapped.
  static bool needed(const Dataset& data);

  /// Windows of `all`, which must outlive this, in whole batches of as many rows as may be in memory. `own` gives the
  /// rows of a batch of that many whose inputs and targets are wanted (null: all of them), by their place in it.
  Window(const Rows& all, int64_t batch, std::function<Range(int64_t)> own = {});

  /// What steps read; its address and its columns stay.
  const Rows& rows() const { return rows_; }
  /// order.at(place) as rows of rows(). `epoch` tells orders apart. All of them have weight and name.
  std::span<const int64_t> at(const RowOrder& order, int epoch, int64_t place);
  /// From now on all rows of a batch are wanted.
  void want_all();

 private:
  void fill(std::span<const int64_t> order);

  void make_room(int64_t rows);

  const Rows& all_;
  const int64_t batch_;
  std::function<Range(int64_t)> own_;
  Dataset data_;  ///< wanted rows
  Rows rows_;
  int64_t capacity_ = 0, begin_ = -1;
  int epoch_ = -1;
  std::vector<int64_t> index_;                           ///< wanted rows: 0, 1, 2, …; after them the others
  std::vector<std::pair<uint32_t, uint32_t>> by_place_;  ///< row of the file and of the window
};

/// Which rows of a batch one of several peers reads, for Visits: its part, and the first one those that are observed.
/// Null where all are read: there are no peers, or every one computes all of it (float64).
std::function<Range(int64_t)> own_rows(const TrainOptions& options);

/// The rows of each step of a run: shuffled, and by way of a window if they are mapped.
class Visits {
 public:
  /// `all` must outlive this. `own`: as of Window.
  Visits(const Rows& all, int64_t batch, uint64_t seed, std::function<Range(int64_t)> own = {});

  /// What steps gather from; its address and its columns stay.
  const Rows& rows() const { return window_ ? window_->rows() : all_; }
  int64_t batches() const { return order_.batches(); }
  /// Shuffles for the epoch of this number.
  void begin(int epoch);
  /// The batch that begins at this place of the epoch's order, as rows of rows().
  std::span<const int64_t> at(int64_t place) { return window_ ? window_->at(order_, epoch_, place) : order_.at(place); }
  /// From now on all rows of a batch are there, not only one's own.
  void want_all() {
    if (window_) window_->want_all();
  }

 private:
  const Rows& all_;
  RowOrder order_;
  std::optional<Window> window_;
  int epoch_ = -1;
};

}  // namespace retrograd::training
