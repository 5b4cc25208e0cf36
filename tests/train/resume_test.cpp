// A run that was stopped and goes on gives the bits of one that was not: stopped at any step, in any way, on any number
// of threads.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>

#include "retrograd/checkpoint.hpp"
#include "train/problems.hpp"
#include "train/run_folder.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

/// Thrown out of a callback, it ends a run as suddenly as a signal does: nothing more is written.
struct Killed {};

struct Case {
  std::string name;
  Task task = Task::classification;
  std::string normalise = "none";
  double dropout = 0;
  std::function<void(TrainOptions&)> change = [](TrainOptions&) {};
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* optimizer : {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"})
    all.push_back({optimizer, Task::classification, "none", 0.3, [=](TrainOptions& o) { o.optimizer = optimizer; }});
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
  all.push_back({"everything", Task::classification, "none", 0.1, [](TrainOptions& o) {
                   o.clip_norm = 0.3;
                   o.l1 = 0.001;
                   o.max_norm = 0.9;
                   o.balanced_classes = true;
                   o.weight_decay = 0.01;
                 }});
  return all;
}

void expect_same(const Trained& found, const Trained& expected) {
  EXPECT_EQ(found.model.fingerprint(), expected.model.fingerprint());
  EXPECT_EQ(found.best_epoch, expected.best_epoch);
  EXPECT_EQ(found.stopped, expected.stopped);
  EXPECT_EQ(found.finished, expected.finished);
  ASSERT_EQ(found.history.size(), expected.history.size());
  for (size_t i = 0; i < found.history.size(); ++i) {
    const EpochReport &a = found.history[i], &b = expected.history[i];
    EXPECT_EQ(a.epoch, b.epoch);
    EXPECT_EQ(a.epochs, b.epochs);
    EXPECT_EQ(a.steps, b.steps);
    EXPECT_EQ(a.metric, b.metric);
    EXPECT_EQ(a.train_loss, b.train_loss);
    EXPECT_EQ(a.valid_loss, b.valid_loss);
    EXPECT_EQ(a.valid_metric, b.valid_metric);
    EXPECT_EQ(a.learning_rate, b.learning_rate);
    EXPECT_EQ(a.best, b.best);
  }
}

/// A problem with the options of its run.
struct Setting {
  explicit Setting(const Case& c)
      : problem(make_problem(c.task, 77, 6, c.task == Task::classification ? 3 : 2, true)),
        valid(make_problem(c.task, 40, 6, c.task == Task::classification ? 3 : 2, true, 8)) {
    NetworkOptions network;
    network.hidden = {19, 9};
    network.normalise = c.normalise;
    network.dropout = c.dropout;
    prepared = make_network(problem.spec, problem.data, network);
    options.epochs = 4;
    options.batch = 16;  // five steps an epoch, the last one ragged
    options.learning_rate = 0.02;
    options.patience = 0;
    options.threads = 1;
    c.change(options);
  }
  Trained run(const TrainOptions& o, const Callbacks& callbacks = {}) const {
    return train(prepared, problem.spec, problem.data, &valid.data, o, callbacks);
  }
  /// Runs until after that step, then dies.
  void run_and_die(const TrainOptions& o, int64_t step) const {
    Callbacks callbacks;
    callbacks.step = [=](int64_t now, int64_t) -> bool {
      if (now == step) throw Killed();
      return false;
    };
    EXPECT_THROW(run(o, callbacks), Killed);
  }

  Problem problem, valid;
  Prepared prepared;
  TrainOptions options;
};

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

class Checkpoints : public testing::Test {
 protected:
  Checkpoints() {
    options_.checkpoint.folder = folder_ / "checkpoint";
    options_.checkpoint.every = "2steps";
  }
  std::string refusal(const std::function<void(TrainOptions&)>& change) const {
    TrainOptions o = options_;
    o.checkpoint.resume = true;
    change(o);
    return message_of([&] { setting_.run(o); });
  }

  const TemporaryFolder folder_;
  const Setting setting_{Case{"plain", Task::classification, "none", 0.1}};
  TrainOptions options_ = setting_.options;
};

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

TEST_F(Checkpoints, AnotherRunIsRefusedWithItsDifferences) {
  setting_.run_and_die(options_, 9);
  const std::string head = "this run is not the one that was stopped";
  expect_mentions(refusal([](TrainOptions& o) { o.learning_rate = 0.03; }),
                  {head, "learning rate: 0.02 in the checkpoint, 0.03 now", "step 8"});
  expect_mentions(refusal([](TrainOptions& o) { o.seed = 2; }), {head, "seed: 1 in the checkpoint, 2 now"});
  expect_mentions(refusal([](TrainOptions& o) { o.epochs = 3; }), {head, "epochs: 4 in the checkpoint, 3 now"});
  expect_mentions(refusal([](TrainOptions& o) {
                    o.optimizer = "sgd";
                    o.batch = 32;
                  }),
                  {head, "optimizer: adamw:", "batch: 16 in the checkpoint, 32 now"});
  expect_mentions(refusal([](TrainOptions& o) { o.class_weights["c1"] = 2; }),
                  {head, "class weights, c1: nothing in the checkpoint, 2.0 now"});
  EXPECT_EQ(refusal([](TrainOptions& o) { o.threads = 2; }), "(accepted)");
}

TEST_F(Checkpoints, OtherDataAreRefused) {
  setting_.run_and_die(options_, 9);
  options_.checkpoint.resume = true;
  const auto with = [&](const std::function<void(Setting&)>& change) {
    Setting other{Case{"plain", Task::classification, "none", 0.1}};
    change(other);
    return message_of([&] { other.run(options_); });
  };
  expect_mentions(with([](Setting& s) { std::get<std::vector<float>>(s.problem.data.inputs[0].values)[5] += 1; }),
                  {"data, training, input x"});
  expect_mentions(with([](Setting& s) { std::get<std::vector<float>>(s.problem.data.weight.values)[5] += 1; }),
                  {"data, training, weight"});
  expect_mentions(with([](Setting& s) {
                    std::get<std::vector<float>>(s.valid.data.target.values)[5] =
                        1.0f - std::get<std::vector<float>>(s.valid.data.target.values)[5] / 2;
                  }),
                  {"data, validation, target"});
  expect_mentions(with([](Setting& s) {
                    for (Layer& layer : s.prepared.network.layers)
                      if (layer.units == 19) layer.units = 20;
                  }),
                  {"network, layers, ", "units: 19 in the checkpoint, 20 now"});
  expect_mentions(
      message_of([&] { train(setting_.prepared, setting_.problem.spec, setting_.problem.data, nullptr, options_); }),
      {"data, validation: "});
}

TEST_F(Checkpoints, ADamagedOneIsPassedOver) {
  const Trained expected = setting_.run(setting_.options);
  setting_.run_and_die(options_, 15);
  const auto info = latest_checkpoint(options_.checkpoint.folder);
  EXPECT_EQ(info->step, 14);
  const std::string tensors = info->file.substr(0, info->file.size() - 5) + ".safetensors";
  std::string bytes = slurp(tensors);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  spill(tensors, bytes);
  EXPECT_EQ(latest_checkpoint(options_.checkpoint.folder)->step, 12);
  EXPECT_EQ(latest_checkpoint(options_.checkpoint.folder)->warnings.size(), 1u);
  std::vector<std::string> lines;
  Callbacks callbacks;
  callbacks.log = [&](const std::string& line) { lines.push_back(line); };
  options_.checkpoint.resume = true;
  expect_same(setting_.run(options_, callbacks), expected);
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  expect_mentions(all, {"warning: a checkpoint is damaged and passed over: " + tensors,
                        "going on from the checkpoint before", "going on from step 12"});
}

TEST_F(Checkpoints, ResumeWithoutOneIsRefused) {
  expect_mentions(refusal([](TrainOptions&) {}), {"there is no checkpoint to go on from"});
  expect_mentions(refusal([](TrainOptions& o) { o.checkpoint.folder.clear(); }), {"there is no folder"});
  expect_mentions(refusal([](TrainOptions& o) { o.checkpoint.every = "often"; }), {"'often' is not an interval"});
}

TEST_F(Checkpoints, ARunFromTheStartKeepsAnUnfinishedOneAside) {
  setting_.run_and_die(options_, 9);
  setting_.run(options_);
  EXPECT_EQ(latest_checkpoint(options_.checkpoint.folder + ".before")->step, 8);
  EXPECT_TRUE(latest_checkpoint(options_.checkpoint.folder)->finished);
  setting_.run_and_die(options_, 3);
  EXPECT_EQ(latest_checkpoint(options_.checkpoint.folder + ".before")->step, 8);  // the finished one was not kept
}

// The size limit of a process makes write() fail half-way, as a full disk does.
TEST_F(Checkpoints, WhenTheyCannotBeWrittenTrainingGoesOn) {
  const Trained expected = setting_.run(setting_.options);
  std::vector<std::string> lines;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  Callbacks callbacks;
  callbacks.log = [&](const std::string& line) { lines.push_back(line); };
  const auto limit = [&](rlim_t bytes) {
    rlimit now = before;
    now.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &now);
  };
  callbacks.step = [&](int64_t step, int64_t) -> bool {
    if (step == 5) limit(1000);
    if (step == 11) limit(before.rlim_cur);
    if (step == 15) limit(1000);
    return false;
  };
  const Trained found = setting_.run(options_, callbacks);
  limit(before.rlim_cur);
  signal(SIGXFSZ, handler);
  expect_same(found, expected);
  std::vector<std::string> told;
  for (const std::string& line : lines)
    if (line.find("checkpoint") != std::string::npos) told.push_back(line);
  ASSERT_EQ(told.size(), 3u);
  expect_mentions(told[0], {"warning: no checkpoint at step 6: cannot write ", "File too large",
                            "training goes on, the checkpoint of step 4 stays"});
  EXPECT_EQ(told[1], "checkpoints are written again, at step 12");
  expect_mentions(told[2], {"warning: no checkpoint at step 16", "the checkpoint of step 14 stays"});
  EXPECT_EQ(latest_checkpoint(options_.checkpoint.folder)->step, 14);
  options_.checkpoint.resume = true;
  expect_same(setting_.run(options_), expected);
}

TEST_F(Checkpoints, AFolderThatCannotBeMadeIsAWarningToo) {
  spill(folder_ / "file", "");
  options_.checkpoint.folder = folder_ / "file/checkpoint";
  std::vector<std::string> lines;
  Callbacks callbacks;
  callbacks.log = [&](const std::string& line) { lines.push_back(line); };
  expect_same(setting_.run(options_, callbacks), setting_.run(setting_.options));
  expect_mentions(lines.at(0), {"warning: cannot write checkpoints to ", "Not a directory"});
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
  const double seconds = s.run(o).seconds;  // a busy machine may take longer for the last step than for those before
  EXPECT_GT(seconds, 0.2);
  EXPECT_LT(seconds, 3);
}

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
