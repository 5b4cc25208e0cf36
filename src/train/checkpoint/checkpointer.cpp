#include "train/checkpoint/checkpointer.hpp"

#include "base/fail.hpp"
#include "train/checkpoint/identity.hpp"

namespace retrograd::training {

Checkpointer::Checkpointer(const CheckpointOptions& options, const CheckpointLayout& layout, Log log, bool writes)
    : options_(options), layout_(layout), log_(std::move(log)), writes_(writes), every_(parse_interval(options.every)) {
  if (!on()) {
    if (options_.resume) fail("there is no folder of checkpoints to go on from; name it in checkpoint.folder");
    return;
  }
  if (!writes_) return;
  try {
    folder_ = std::make_unique<CheckpointFolder>(options_.folder);
  } catch (const FolderInUse&) {
    throw;
  } catch (const Error& e) {
    failing_ = true;
    log_(fmt::format("warning: {}; training goes on without checkpoints for now", e.what()));
  }
}

void Checkpointer::begin_anew() {
  if (folder_ == nullptr) return;
  if (const std::string moved = folder_->begin_anew(); !moved.empty()) log_(moved);
}

Checkpoint Checkpointer::load(const nlohmann::json& identity, const std::vector<double>& initial) {
  std::vector<std::string> warnings;
  auto stored = newest_checkpoint(options_.folder, warnings);
  for (const std::string& warning : warnings) log_("warning: " + warning);
  if (!stored) fail("{}: there is no checkpoint to go on from", options_.folder);
  const CheckpointInfo info = info_of(stored->body, stored->file);
  const auto lines = differences(stored->body.at("identity"), identity);
  if (!lines.empty()) {
    std::string text;
    for (const std::string& line : lines) text += "\n  " + line;
    fail("cannot go on from {} (step {}): this run is not the one that was stopped{}", stored->file, info.step, text);
  }
  Checkpoint checkpoint = read_checkpoint(stored->body, std::move(stored->tensors), layout_, initial, stored->file);
  if (folder_ != nullptr) folder_->remove_newer(stored->number);
  saved_step_ = checkpoint.now.position.step;
  if (!warnings.empty()) log_(fmt::format("going on from the checkpoint before, {}", stored->file));
  return checkpoint;
}

bool Checkpointer::due_by_time() const {
  return every_.unit == Interval::Unit::seconds &&
         std::chrono::duration<double>(Clock::now() - last_).count() >= every_.seconds;
}

bool Checkpointer::due_after_step(int64_t step) const {
  return on() && writes_ && (due_by_time() || (every_.unit == Interval::Unit::steps && step % every_.count == 0));
}

bool Checkpointer::due_after_epoch(int epochs_done) const {
  return on() && writes_ &&
         (due_by_time() || (every_.unit == Interval::Unit::epochs && epochs_done % every_.count == 0));
}

void Checkpointer::save(Checkpoint checkpoint) {
  if (!on() || !writes_) return;
  const auto begin = Clock::now();
  checkpoint.notes = options_.notes;
  const int64_t step = checkpoint.now.position.step;
  try {
    if (folder_ == nullptr) {
      folder_ = std::make_unique<CheckpointFolder>(options_.folder);
      if (!options_.resume) begin_anew();
    }
    folder_->write(manifest_of(checkpoint), tensors_of(checkpoint, layout_));
    if (failing_) log_(fmt::format("checkpoints are written again, at step {}", step));
    failing_ = false;
    saved_step_ = step;
  } catch (const Error& e) {
    if (!failing_)
      log_(fmt::format("warning: no checkpoint at step {}: {}; training goes on, {}", step, e.what(),
                       saved_step_ < 0 ? "there is no checkpoint yet"
                                       : fmt::format("the checkpoint of step {} stays", saved_step_)));
    failing_ = true;
  }
  last_ = Clock::now();
  write_seconds_ = std::chrono::duration<double>(last_ - begin).count();
}

}  // namespace retrograd::training
