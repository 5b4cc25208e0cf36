// Where the trials of a search are taken from and what became of them is left: by one process in memory, by several
// ranks in a folder that all can write.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "parallel/peers.hpp"
#include "retrograd/train.hpp"

namespace retrograd::training {

/// What became of a trial.
struct Outcome {
  bool passed_over = false;  ///< there was no time for it
  std::string metric, ended, fingerprint;
  std::optional<double> value;  ///< none: it failed
  int epochs = 0, best_epoch = 0;
  int of_epochs = 0;  ///< of its schedule
  double seconds = 0;
  std::vector<double>
      rungs;  ///< the best values where trials are compared, smaller ones better; as far as it came; NaN: none
};

class TrialBoard {
 public:
  virtual ~TrialBoard() = default;
  /// Whether this rank trains the first trial and tells of all.
  virtual bool first() const { return true; }
  /// True if nobody else has trial `task`; then put() must follow.
  virtual bool take(int task) = 0;
  /// `trained` where the trial may be the best of all up to it.
  virtual void put(int task, Outcome outcome, std::optional<Trained> trained) = 0;
  /// Null if it is still under way or nobody has taken it.
  virtual const Outcome* find(int task) = 0;
  /// Waits for a trial that somebody has taken.
  virtual const Outcome& wait_for(int task) = 0;
  /// What was put with the outcome, once. Its options are to be filled in.
  virtual std::optional<Trained> trained(int task, const DataSpec& spec) = 0;
  virtual void stop() {}
  virtual bool stopped() { return false; }
  /// Returns when all ranks have come here.
  virtual void meet() {}
};

class BoardInMemory : public TrialBoard {
 public:
  bool take(int task) override { return outcomes_.find(task) == outcomes_.end(); }
  void put(int task, Outcome outcome, std::optional<Trained> trained) override;
  const Outcome* find(int task) override;
  const Outcome& wait_for(int task) override { return outcomes_.at(task); }
  std::optional<Trained> trained(int task, const DataSpec& spec) override;

 private:
  std::map<int, Outcome> outcomes_;
  std::map<int, Trained> trained_;
};

/// Of each trial there are the files N.taken, N.outcome and, perhaps, N.trained; `stop` ends the search.
class BoardInFolder : public TrialBoard {
 public:
  /// All ranks make it together; the first one makes the folder, which must not hold anything of worth. Throws Error if
  /// a rank cannot write there.
  BoardInFolder(std::string folder, Peers& peers);
  /// The first one removes the folder.
  ~BoardInFolder() override;
  BoardInFolder(const BoardInFolder&) = delete;
  BoardInFolder& operator=(const BoardInFolder&) = delete;

  bool first() const override { return peers_.rank() == 0; }
  bool take(int task) override;
  void put(int task, Outcome outcome, std::optional<Trained> trained) override;
  const Outcome* find(int task) override;
  const Outcome& wait_for(int task) override;
  std::optional<Trained> trained(int task, const DataSpec& spec) override;
  void stop() override;
  bool stopped() override;
  void meet() override;

 private:
  std::string file(int task, const char* kind) const;

  const std::string folder_;
  Peers& peers_;
  std::map<int, Outcome> outcomes_;
};

}  // namespace retrograd::training
