// A run that was stopped and goes on gives the bits of one that was not: stopped at any step, in any way, on any number
// of threads.
#include "train/stopped_run.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* optimizer : {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"})
    all.push_back({optimizer, Task::classification, "none", 0.3, [=](TrainOptions& o) { o.optimizer = optimizer; }});
  for (const char* optimizer : {"lbfgs:memory=3", "lm"})
    all.push_back({std::string(optimizer).substr(0, 2), Task::regression, "layer_norm", 0, [=](TrainOptions& o) {
                     o.optimizer = optimizer;
                     o.learning_rate = 0;
                     o.batch = 0;
                     o.epochs = 9;
                     o.l2 = 0.001;
                   }});
  all.push_back({"converges", Task::regression, "none", 0, [=](TrainOptions& o) {
                   o.optimizer = "lm:tolerance=0.01";
                   o.learning_rate = 0;
                   o.batch = 0;
                   o.epochs = 60;
                   o.l2 = 0.01;
                 }});
  all.push_back({"batch_norm", Task::regression, "batch_norm", 0.2});
  all.push_back({"plateau", Task::regression, "none", 0,
                 [](TrainOptions& o) { o.schedule = "plateau:patience=0,threshold=0.5,cooldown=1"; }});
  all.push_back({"one_cycle", Task::multilabel, "layer_norm", 0, [](TrainOptions& o) { o.schedule = "one_cycle"; }});
  all.push_back({"patience", Task::classification, "none", 0, [](TrainOptions& o) {
                   o.patience = 2;
                   o.epochs = 40;
                   o.learning_rate = 0.1;
                   o.metric = "accuracy";
                 }});
  all.push_back({"full_batch", Task::regression, "none", 0, [](TrainOptions& o) { o.batch = -1; }});
  all.push_back(
      {"float64", Task::classification, "batch_norm", 0.1, [](TrainOptions& o) { o.precision = Precision::float64; }});
  all.push_back({"images", Task::classification, "none", 0.1, [](TrainOptions& o) { o.augment = "shift=1,elastic"; }});
  all.push_back({"everything", Task::classification, "none", 0.1, [](TrainOptions& o) {
                   o.clip_norm = 0.3;
                   o.l1 = 0.001;
                   o.max_norm = 0.9;
                   o.balanced_classes = true;
                   o.weight_decay = 0.01;
                 }});
  return all;
}

class Resume : public testing::TestWithParam<Case> {};

TEST_P(Resume, AfterAnyStepAndOnAnyNumberOfThreads) {
  const Setting s(GetParam());
  const Trained expected = s.run(s.options);
  EXPECT_TRUE(expected.finished);
  const int64_t steps = expected.history.back().steps;
  for (const char* every : {"1step", "3steps", "1epoch", "none"}) {
    for (int64_t k = 1; k <= steps; k += every[0] == '1' ? 1 : 4) {
      SCOPED_TRACE(std::string(every) + ", killed after step " + std::to_string(k));
      const TemporaryFolder folder;
      TrainOptions o = s.options;
      o.checkpoint.folder = folder / "checkpoint";
      o.checkpoint.every = every;
      o.checkpoint.notes = {{"config", "a text"}};
      s.run_and_die(o, k);
      const auto info = latest_checkpoint(o.checkpoint.folder);
      ASSERT_TRUE(info);
      EXPECT_EQ(info->notes, o.checkpoint.notes);
      EXPECT_FALSE(info->finished);
      EXPECT_LT(info->step, k);  // the callback comes before the checkpoint of its step
      o.checkpoint.resume = true;
      o.threads = 1 + static_cast<int>(k % 3);
      // A second death, a little later.
      if (k % 2 == 0 && k + 3 <= steps) s.run_and_die(o, k + 3);
      std::vector<EpochReport> before;
      Callbacks callbacks;
      callbacks.resumed = [&](const std::vector<EpochReport>& h) { before = h; };
      const Trained found = s.run(o, callbacks);
      expect_same(found, expected);
      EXPECT_LE(before.size(), found.history.size());
      const auto end = latest_checkpoint(o.checkpoint.folder);
      ASSERT_TRUE(end);
      EXPECT_TRUE(end->finished);
      EXPECT_EQ(end->stopped, expected.stopped);
      EXPECT_EQ(end->fingerprint, expected.model.fingerprint());
      // Once more: nothing is left to do.
      expect_same(s.run(o), expected);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Resume, testing::ValuesIn(cases()), [](const auto& each) { return each.param.name; });

TEST_F(Checkpoints, DoNotChangeTheResult) { expect_same(setting_.run(options_), setting_.run(setting_.options)); }

TEST_F(Checkpoints, AStopOnRequestWritesOneOfTheStepAndTheBestModel) {
  const Trained expected = setting_.run(setting_.options);
  options_.checkpoint.every = "none";
  Callbacks callbacks;
  callbacks.step = [](int64_t step, int64_t) { return step == 13; };
  const Trained stopped = setting_.run(options_, callbacks);
  EXPECT_FALSE(stopped.finished);
  EXPECT_EQ(stopped.history.size(), 3u);
  EXPECT_EQ(latest_checkpoint(options_.checkpoint.folder)->step, 13);
  EXPECT_EQ(latest_checkpoint(options_.checkpoint.folder)->epochs_done, 2);
  options_.checkpoint.resume = true;
  expect_same(setting_.run(options_), expected);
}

TEST_F(Checkpoints, AStopAfterAnEpochGoesOnWithTheRateThatWasSet) {
  const auto slower_after_two = [](int stop_after) {
    Callbacks callbacks;
    callbacks.epoch = [=](const EpochReport& e) {
      Control control;
      if (e.epoch == 2) control.learning_rate_factor = 0.25;
      control.stop = e.epoch == stop_after;
      return control;
    };
    return callbacks;
  };
  const Trained expected = setting_.run(setting_.options, slower_after_two(0));
  const Trained stopped = setting_.run(options_, slower_after_two(2));
  EXPECT_FALSE(stopped.finished);
  options_.checkpoint.resume = true;
  expect_same(setting_.run(options_), expected);
}

TEST_F(Checkpoints, EpochsMayGrow) {
  setting_.run(options_);
  options_.checkpoint.resume = true;
  options_.epochs = 7;
  const Trained longer = setting_.run(options_);
  EXPECT_EQ(longer.history.size(), 7u);
  EXPECT_TRUE(longer.finished);
  // With a schedule that does not look at the end, it is the longer run.
  TrainOptions constant = options_;
  constant.schedule = "constant";
  constant.checkpoint.folder = folder_ / "constant";
  constant.checkpoint.resume = false;
  constant.epochs = 4;
  setting_.run(constant);
  constant.checkpoint.resume = true;
  constant.epochs = 7;
  const Trained grown = setting_.run(constant);
  constant.checkpoint = {};
  expect_same(grown, setting_.run(constant));
}

TEST_F(Checkpoints, ARunFromTheStartKeepsAnUnfinishedOneAside) {
  setting_.run_and_die(options_, 9);
  setting_.run(options_);
  EXPECT_EQ(latest_checkpoint(options_.checkpoint.folder + ".before")->step, 8);
  EXPECT_TRUE(latest_checkpoint(options_.checkpoint.folder)->finished);
  setting_.run_and_die(options_, 3);
  EXPECT_EQ(latest_checkpoint(options_.checkpoint.folder + ".before")->step, 8);  // the finished one was not kept
}

TEST(TimeLimit, StopsInTimeAndGoesOn) {
  const Setting s(Case{"plain", Task::classification, "none", 0.1});
  const TemporaryFolder folder;
  TrainOptions o = s.options;
  o.checkpoint.folder = folder / "checkpoint";
  o.checkpoint.every = "none";
  o.time_limit = 1e-9;
  const Trained first = s.run(o);
  EXPECT_EQ(first.stopped, "the time limit is reached");
  EXPECT_FALSE(first.finished);
  EXPECT_EQ(first.history.size(), 1u);
  EXPECT_EQ(latest_checkpoint(o.checkpoint.folder)->step, 1);
  o.checkpoint.resume = true;
  EXPECT_FALSE(s.run(o).finished);
  EXPECT_EQ(latest_checkpoint(o.checkpoint.folder)->step, 2);
  o.time_limit = 600;
  expect_same(s.run(o), s.run(s.options));
  o.checkpoint = {};
  o.epochs = 100'000'000;
  o.time_limit = 0.3;
  EXPECT_GT(s.run(o).seconds, 0.2);  // and it does end
}

}  // namespace
}  // namespace retrograd
