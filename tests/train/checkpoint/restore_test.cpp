// Divergence of a run with checkpoints: it fails, or goes back to where all was well.
#include <cmath>

#include "train/stopped_run.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

/// Divergence: a rate at which the first epochs leave the finite numbers.
class DivergedRun : public testing::Test {
 protected:
  DivergedRun() {
    options_.optimizer = "sgd";
    options_.schedule = "constant";
    options_.learning_rate = 30;
    options_.on_divergence = OnDivergence::restore;
    callbacks_.log = [this](const std::string& line) { lines_ += line + "\n"; };
  }
  const Setting setting_{Case{"plain", Task::regression}};
  TrainOptions options_ = setting_.options;
  std::string lines_;
  Callbacks callbacks_;
};

TEST_F(DivergedRun, FailsWithStepAndRemedyUnlessToldOtherwise) {
  options_.on_divergence = OnDivergence::fail;
  expect_mentions(message_of([&] { setting_.run(options_); }),
                  {"training diverged: in step ", "(epoch ", "learning rate 30", "--lr 3", "--clip-norm 1",
                   "--on-divergence restore"});
}

TEST_F(DivergedRun, RestoreGoesBackWithHalfTheRate) {
  const Trained t = setting_.run(options_, callbacks_);
  EXPECT_TRUE(t.finished);
  expect_mentions(lines_, {"training diverged: in step ", " with 0.5 of the learning rate", "back to step 0 with "});
  EXPECT_NE(t.decisions.back().find("training diverged"), std::string::npos);
  EXPECT_EQ(t.history.size(), 4u);
  EXPECT_EQ(t.history.back().steps, 20);  // the steps that were taken back do not count
  EXPECT_LE(t.history.back().learning_rate, 15);
  EXPECT_TRUE(std::isfinite(*t.history.back().valid_loss));
}

TEST_F(DivergedRun, ARunThatWasStoppedMeetsItsDivergenceAgain) {
  const Trained expected = setting_.run(options_);
  for (int64_t k = 1; k <= 20; ++k) {
    const TemporaryFolder folder;
    TrainOptions o = options_;
    o.checkpoint.folder = folder / "checkpoint";
    o.checkpoint.every = "2steps";
    setting_.run_and_die(o, k);
    o.checkpoint.resume = true;
    expect_same(setting_.run(o), expected);
  }
}

TEST_F(DivergedRun, WhatDoesNotHelpEnds) {
  options_.learning_rate = 1e9;
  expect_mentions(message_of([&] { setting_.run(options_, callbacks_); }), {"did not help 10 times", "--lr 1e+08"});
}

/// NaN parameters must not replace a good checkpoint.
TEST_F(DivergedRun, IsNoticedBeforeACheckpointIsWritten) {
  const TemporaryFolder folder;
  options_.on_divergence = OnDivergence::fail;
  options_.learning_rate = 1e30;
  options_.checkpoint.folder = folder / "checkpoint";
  options_.checkpoint.every = "1step";
  EXPECT_NE(message_of([&] { setting_.run(options_); }).find("diverged"), std::string::npos);
  const auto info = latest_checkpoint(options_.checkpoint.folder);
  ASSERT_TRUE(info);
  EXPECT_LE(info->step, 2);
  options_.checkpoint.resume = true;
  options_.on_divergence = OnDivergence::restore;
  EXPECT_NE(message_of([&] { setting_.run(options_, callbacks_); }), "(accepted)");
  EXPECT_NE(lines_.find("with 0.5 of the learning rate"), std::string::npos) << lines_;
}

}  // namespace
}  // namespace retrograd
