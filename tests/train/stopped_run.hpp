// Runs that are stopped, and what they must come to.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "retrograd/checkpoint.hpp"
#include "train/problems.hpp"
#include "train/run_folder.hpp"

namespace retrograd::testing_train {

/// Thrown out of a callback, it ends a run as suddenly as a signal does: nothing more is written.
struct Killed {};

/// A kind of run.
struct Case {
  std::string name;
  Task task = Task::classification;
  std::string normalise = "none";
  double dropout = 0;
  std::function<void(TrainOptions&)> change = [](TrainOptions&) {};
};

/// A run's result is the other's, to the bit.
void expect_same(const Trained& found, const Trained& expected);

/// A problem with the options of its run: 77 rows in batches of 16 for 4 epochs, unless the case changes that.
struct Setting {
  explicit Setting(const Case& c);
  Trained run(const TrainOptions& o, const Callbacks& callbacks = {}) const;
  /// Runs until after that step, then dies.
  void run_and_die(const TrainOptions& o, int64_t step) const;

  Problem problem, valid;
  Prepared prepared;
  TrainOptions options;
};

/// Fixture: a run with a checkpoint every two steps, in a folder of its own.
class Checkpoints : public testing::Test {
 protected:
  Checkpoints();
  /// The message with which the run that goes on with changed options is refused.
  std::string refusal(const std::function<void(TrainOptions&)>& change) const;

  const TemporaryFolder folder_;
  const Setting setting_{Case{"plain", Task::classification, "none", 0.1}};
  TrainOptions options_ = setting_.options;
};

}  // namespace retrograd::testing_train
