#include "train/choose/fold_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/fail.hpp"
#include "ops/many_inputs.hpp"

namespace retrograd::training {
namespace {

/// A run goes on with as many folds as it was begun with: else its folder would be of two.
void require_folds(const std::string& folder, int folds) {
  std::vector<std::string> warnings;
  const auto stored = newest_checkpoint(folder, warnings);
  if (!stored) return;
  const int before = stored->body.at("identity").at("options").value("folds", 0);
  if (before == folds) return;
  fail("cannot go on from {}: it is of {}, found {} folds; give as many, or train into another folder without resuming",
       stored->file, before == 0 ? "one network without folds" : fmt::format("{} folds", before), folds);
}

}  // namespace

std::vector<int> classes_of(const DataSpec& spec, const Dataset& data) {
  std::vector<int> classes;
  if (spec.task != Task::classification) return classes;
  classes.reserve(static_cast<size_t>(data.rows));
  for (int64_t row = 0; row < data.rows; ++row) classes.push_back(static_cast<int>(data.target.at(row, 0)));
  return classes;
}

void decide_as(const TrainOptions& first, TrainOptions& options) {
  if (options.batch >= 0) options.batch = first.batch;
  options.learning_rate = first.learning_rate;
  options.weight_decay = first.weight_decay;
  options.metric = first.metric;
}

void check_networks(size_t folds, const Prepared& first) {
  const size_t each = std::max<size_t>(1, first.network.members.size());
  if (folds * each > ops::kManyInputs)
    fail("{} folds of {} networks are {} in one model; expected at most {}", folds, each, folds * each,
         ops::kManyInputs);
}

/// A disk that fails ends no training.
template <class F>
void FoldProgress::attempt(F&& write) {
  try {
    write();
  } catch (const FolderInUse&) {
    throw;
  } catch (const Error& e) {
    said_.push_back(fmt::format("warning: {}; training goes on", e.what()));
  }
}

FoldProgress::FoldProgress(const TrainOptions& options, int folds) : options_(options.checkpoint) {
  state_.identity = {{"options", {{"epochs", options.epochs}, {"folds", folds}}}};
  state_.notes = options_.notes;
  if (options_.folder.empty()) return;
  if (options_.resume) require_folds(options_.folder, folds);
  attempt([&] {
    folder_.emplace(options_.folder);
    if (options_.resume) return;
    if (const std::string moved = folder_->begin_anew(); !moved.empty()) said_.push_back(moved);
    clear_folds();
  });
  write();
}

CheckpointOptions FoldProgress::of_fold(int k) const {
  CheckpointOptions fold = options_;
  if (fold.folder.empty()) return fold;
  fold.folder = fmt::format("{}/fold-{}", options_.folder, k);
  fold.resume = options_.resume && latest_checkpoint(fold.folder).has_value();
  return fold;
}

void FoldProgress::done(const Trained& whole, int folds_done) {
  state_.now.position.epoch = static_cast<int>(whole.history.size()) + 1;
  state_.now.position.step = whole.history.empty() ? 0 : whole.history.back().steps;
  state_.now.position.best_epoch = whole.best_epoch;
  state_.history = whole.history;
  state_.finished = whole.finished;
  state_.stopped = whole.finished ? whole.stopped : std::string();
  state_.fingerprint = whole.finished ? whole.model.fingerprint() : std::string();
  state_.identity["folds_done"] = folds_done;
  write();
}

/// An earlier run's, which is finished: an unfinished one's were moved away with the folder.
void FoldProgress::clear_folds() const {
  std::error_code ignored;
  for (std::filesystem::directory_iterator at(options_.folder, ignored), end; at != end; at.increment(ignored))
    if (at->path().filename().string().starts_with("fold-")) std::filesystem::remove_all(at->path(), ignored);
}

void FoldProgress::write() {
  if (folder_) attempt([&] { folder_->write(manifest_of(state_), {}); });
}

}  // namespace retrograd::training
