// What the ways to train folds have in common: what is decided once, and where their checkpoints are.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "retrograd/folds.hpp"
#include "train/checkpoint/checkpoint.hpp"
#include "train/checkpoint/checkpoint_folder.hpp"

namespace retrograd::training {

/// The class of each row, or nothing where the task is another.
std::vector<int> classes_of(const DataSpec& spec, const Dataset& data);

/// What is decided once, though a fold may have a row more.
void decide_as(const TrainOptions& first, TrainOptions& options);

/// Throws Error unless the networks of all folds fit into one model.
void check_networks(size_t folds, const Prepared& first);

/// The checkpoints of the whole: what is left to do, and a lock. Those of the folds lie in folders inside its folder.
class FoldProgress {
 public:
  /// `options` must outlive this.
  FoldProgress(const TrainOptions& options, int folds);

  /// Lines for the log that nobody has seen yet.
  std::vector<std::string> said() { return std::exchange(said_, {}); }
  /// How fold `k`, from 1, is to be trained.
  CheckpointOptions of_fold(int k) const;
  void done(const Trained& whole, int folds_done);

 private:
  void clear_folds() const;
  void write();
  template <class F>
  void attempt(F&& write);

  const CheckpointOptions& options_;
  std::optional<CheckpointFolder> folder_;
  Checkpoint state_;
  std::vector<std::string> said_;
};

}  // namespace retrograd::training
