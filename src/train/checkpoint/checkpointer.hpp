// When a run writes checkpoints, and what happens when one cannot be written: nothing worse than a warning.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "train/checkpoint/checkpoint.hpp"
#include "train/checkpoint/checkpoint_folder.hpp"
#include "train/checkpoint/interval.hpp"

namespace retrograd::training {

class Checkpointer {
 public:
  using Log = std::function<void(const std::string&)>;

  /// Takes hold of the folder. Throws Error if another run has it, for a wrong interval, or for `resume` without a
  /// folder. What `layout` points to must outlive this. `writes` false: one of several peers that only goes on from
  /// what another has written.
  Checkpointer(const CheckpointOptions& options, const CheckpointLayout& layout, Log log, bool writes = true);

  bool on() const { return !options_.folder.empty(); }
  bool resumes() const { return options_.resume; }

  /// For a run from the start: sets aside what an earlier run left.
  void begin_anew();
  /// The newest whole checkpoint; `initial` as in read_checkpoint. Throws Error if there is none, or if it is of a
  /// run that differs from `identity`, naming the differences.
  Checkpoint load(const nlohmann::json& identity, const std::vector<double>& initial);

  bool due_after_step(int64_t step) const;
  bool due_after_epoch(int epochs_done) const;
  /// Writes; if that fails, the log says so (once until it works again) and the checkpoints before stay.
  void save(Checkpoint checkpoint);
  /// Seconds that the last write took.
  double write_seconds() const { return write_seconds_; }

 private:
  using Clock = std::chrono::steady_clock;
  bool due_by_time() const;

  const CheckpointOptions options_;
  const CheckpointLayout layout_;
  const Log log_;
  const bool writes_;
  Interval every_;
  std::unique_ptr<CheckpointFolder> folder_;
  Clock::time_point last_ = Clock::now();
  double write_seconds_ = 0;
  int64_t saved_step_ = -1;  // of the newest checkpoint
  bool failing_ = false;
};

}  // namespace retrograd::training
