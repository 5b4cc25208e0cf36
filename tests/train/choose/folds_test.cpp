#include "retrograd/folds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "train/problems.hpp"
#include "train/run_folder.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

TEST(FoldRows, HoldEveryRowOutOnceAndKeepTheClassesTogether) {
  std::vector<int> classes;
  for (int r = 0; r < 103; ++r) classes.push_back(r % 10 == 0 ? 2 : r % 3 == 0 ? 1 : 0);
  const std::vector<SplitRows> folds = fold_rows(103, 5, 7, classes);
  ASSERT_EQ(folds.size(), 5u);
  std::set<int64_t> held;
  for (const SplitRows& fold : folds) {
    EXPECT_TRUE(fold.valid.size() == 20 || fold.valid.size() == 21);
    EXPECT_TRUE(std::is_sorted(fold.valid.begin(), fold.valid.end()));
    std::set<int64_t> all(fold.train.begin(), fold.train.end());
    all.insert(fold.valid.begin(), fold.valid.end());
    EXPECT_EQ(all.size(), 103u);
    held.insert(fold.valid.begin(), fold.valid.end());
    for (int k = 0; k < 3; ++k) {
      const auto count = std::count(classes.begin(), classes.end(), k);
      const auto here = std::count_if(fold.valid.begin(), fold.valid.end(),
                                      [&](int64_t r) { return classes[static_cast<size_t>(r)] == k; });
      EXPECT_TRUE(here == count / 5 || here == count / 5 + 1) << here << " of " << count;
    }
  }
  EXPECT_EQ(held.size(), 103u);
  EXPECT_EQ(fold_rows(103, 5, 7, classes)[3].valid, folds[3].valid);
  EXPECT_NE(fold_rows(103, 5, 8, classes)[3].valid, folds[3].valid);
}

TEST(FoldRows, AreRefusedWhereThereAreTooFew) {
  expect_mentions(message_of([] { fold_rows(3, 4, 1, {}); }), {"4 folds of 3 rows"});
  expect_mentions(message_of([] { fold_rows(30, 1, 1, {}); }), {"at least 2"});
  expect_mentions(message_of([] { fold_rows(30, 2, 1, {1, 2}); }), {"2 classes for 30 rows"});
}

NetworkOptions network_of(Task task) {
  NetworkOptions n;
  n.hidden = {6};
  n.scaling = "robust";
  n.bins = 4;
  n.members = 2;
  n.clip_outputs = task == Task::regression;
  return n;
}

/// What a test trains: three folds of a small problem.
struct Setting {
  explicit Setting(Task of) : task(of), problem(make_problem(of, 100, 4, of == Task::regression ? 2 : 3, true)) {
    options.epochs = 4;
    options.patience = 0;
    options.batch = 16;
    options.threads = 1;
    options.seed = 5;
  }
  FoldsTrained run(const TrainOptions& with, const std::function<Callbacks(int)>& callbacks = {}) const {
    return train_folds([this](const Dataset& rows) { return make_network(problem.spec, rows, network_of(task)); },
                       problem.spec, problem.data, 3, with, callbacks);
  }
  Task task;
  Problem problem;
  TrainOptions options;
};

constexpr Task kTasks[] = {Task::classification, Task::multilabel, Task::regression};

TEST(Folds, TheirModelPredictsTheMeanAndTheirScoresAreOfRowsNotSeen) {
  for (const Task task : kTasks) {
    SCOPED_TRACE(to_string(task));
    const Setting s(task);
    const FoldsTrained found = s.run(s.options);
    ASSERT_EQ(found.folds.size(), 3u);
    EXPECT_TRUE(found.trained.finished);
    const auto outputs = static_cast<size_t>(found.trained.model.outputs());
    std::vector<double> mean(100 * outputs);
    double total = 0, squares = 0, metric_sum = 0;
    const std::string metric = headline_metric(task);
    for (const Fold& fold : found.folds) {
      const std::vector<float> own = fold.trained.model.predict(s.problem.data);
      for (size_t i = 0; i < own.size(); ++i) mean[i] += static_cast<double>(own[i]) / 3;
      for (const int64_t row : fold.rows)
        for (size_t j = 0; j < outputs; ++j)
          EXPECT_EQ(found.predictions[static_cast<size_t>(row) * outputs + j],
                    own[static_cast<size_t>(row) * outputs + j]);
      const double value = fold.results.metric(metric);
      EXPECT_EQ(value, evaluate(fold.trained.model, take(s.problem.data, fold.rows)).metric(metric));
      metric_sum += value;
      total += value;
    }
    const std::vector<float> together = found.trained.model.predict(s.problem.data);
    for (size_t i = 0; i < together.size(); ++i) EXPECT_NEAR(together[i], mean[i], 2e-6 * (1 + std::abs(mean[i])));
    for (const Fold& fold : found.folds) squares += std::pow(fold.results.metric(metric) - total / 3, 2);
    EXPECT_NEAR(spread(found.folds, metric).mean, metric_sum / 3, 1e-12);
    EXPECT_NEAR(spread(found.folds, metric).sd, std::sqrt(squares / 2), 1e-12);
    EXPECT_EQ(found.rows.size(), 100u);
    EXPECT_EQ(found.out_of_fold.metric("loss") > 0, true);
    // Each network has the statistics of its own rows.
    EXPECT_NE(found.trained.model.parameter("imputed_f1.fill"), found.trained.model.parameter("imputed_f2.fill"));
    EXPECT_EQ(found.trained.model.parameter("imputed_f2.fill"), found.folds[1].trained.model.parameter("imputed.fill"));
  }
}

TEST(Folds, GiveTheSameBitsOnAnyNumberOfThreads) {
  const Setting s(Task::regression);
  TrainOptions more = s.options;
  more.threads = 3;
  EXPECT_EQ(s.run(s.options).trained.model.fingerprint(), s.run(more).trained.model.fingerprint());
}

/// Ends a run as a kill does: nothing is written after it.
struct Killed {};

TEST(Folds, GoOnAfterAKillInAnyFoldToTheSameBits) {
  for (const Task task : {Task::classification, Task::regression}) {
    const Setting s(task);
    const FoldsTrained expected = s.run(s.options);
    for (int fold = 1; fold <= 3; ++fold)
      for (const int64_t step : {1, 7, 16}) {
        SCOPED_TRACE(std::to_string(fold) + ", " + std::to_string(step));
        const TemporaryFolder folder;
        TrainOptions o = s.options;
        o.checkpoint.folder = folder / "checkpoint";
        o.checkpoint.every = "3steps";
        o.checkpoint.notes = {{"config", "a text"}};
        const auto die = [&](int number) {
          Callbacks c;
          c.step = [=](int64_t at, int64_t) -> bool {
            if (number == fold && at == step) throw Killed{};
            return false;
          };
          return c;
        };
        EXPECT_THROW(s.run(o, die), Killed);
        auto info = latest_checkpoint(o.checkpoint.folder);
        ASSERT_TRUE(info);
        EXPECT_FALSE(info->finished);
        EXPECT_EQ(info->notes, o.checkpoint.notes);
        o.checkpoint.resume = true;
        o.threads = 2;
        const FoldsTrained found = s.run(o);
        EXPECT_EQ(found.trained.model.fingerprint(), expected.trained.model.fingerprint());
        EXPECT_EQ(found.predictions, expected.predictions);
        EXPECT_EQ(found.trained.history.size(), expected.trained.history.size());
        info = latest_checkpoint(o.checkpoint.folder);
        ASSERT_TRUE(info);
        EXPECT_TRUE(info->finished);
        EXPECT_EQ(info->fingerprint, expected.trained.model.fingerprint());
        EXPECT_EQ(s.run(o).trained.model.fingerprint(), expected.trained.model.fingerprint());  // nothing left to do
      }
  }
}

TEST(Folds, ANewRunInTheFolderOfAnotherIsNotMixedUpWithIt) {
  const Setting s(Task::classification);
  const TemporaryFolder folder;
  TrainOptions o = s.options;
  o.checkpoint.folder = folder / "checkpoint";
  s.run(o);
  o.seed = 6;
  const auto die = [&](int number) {
    Callbacks c;
    c.step = [=](int64_t, int64_t) -> bool { throw number == 2 ? Killed{} : Killed{}; };
    return c;
  };
  EXPECT_THROW(s.run(o, die), Killed);  // in the first fold; those behind are another run's
  o.checkpoint.resume = true;
  TrainOptions alone = s.options;
  alone.seed = 6;
  EXPECT_EQ(s.run(o).trained.model.fingerprint(), s.run(alone).trained.model.fingerprint());
}

TEST(Folds, GoOnOnlyFromARunOfAsManyFolds) {
  const Setting s(Task::classification);
  const TemporaryFolder folder;
  TrainOptions o = s.options;
  o.checkpoint.folder = folder / "checkpoint";
  train(make_network(s.problem.spec, s.problem.data, network_of(s.task)), s.problem.spec, s.problem.data, nullptr, o);
  const auto before = latest_checkpoint(o.checkpoint.folder);
  o.checkpoint.resume = true;
  expect_mentions(message_of([&] { s.run(o); }), {"one network without folds", "3 folds"});
  EXPECT_EQ(latest_checkpoint(o.checkpoint.folder)->file, before->file);  // and it is left as it was
  o.checkpoint = {};
  o.checkpoint.folder = folder / "two";
  train_folds([&](const Dataset& rows) { return make_network(s.problem.spec, rows, network_of(s.task)); },
              s.problem.spec, s.problem.data, 2, o);
  o.checkpoint.resume = true;
  expect_mentions(message_of([&] { s.run(o); }), {"it is of 2 folds", "found 3 folds"});
}

TEST(Folds, AStopLeavesWhatWasTrained) {
  const Setting s(Task::regression);
  const auto stop = [](int number) {
    Callbacks c;
    c.step = [=](int64_t at, int64_t) { return number == 2 && at == 8; };
    return c;
  };
  const FoldsTrained found = s.run(s.options, stop);
  EXPECT_FALSE(found.trained.finished);
  ASSERT_EQ(found.folds.size(), 2u);
  EXPECT_EQ(found.rows.size(), found.folds[0].rows.size() + found.folds[1].rows.size());
  EXPECT_EQ(found.out_of_fold.regression->rows, std::ssize(found.rows));
  EXPECT_GT(found.trained.model.parameter("imputed_f2.fill").size(), 0u);
  TrainOptions hasty = s.options;
  hasty.time_limit = 1e-9;
  const FoldsTrained one = s.run(hasty);
  EXPECT_EQ(one.folds.size(), 1u);
  EXPECT_FALSE(one.trained.finished);
}

TEST(Bag, RefusesModelsThatDiffer) {
  const Setting s(Task::classification), other(Task::regression);
  TrainOptions short_run = s.options;
  short_run.epochs = 1;
  const Model a = train(make_network(s.problem.spec, s.problem.data, network_of(s.task)), s.problem.spec,
                        s.problem.data, nullptr, short_run)
                      .model;
  const Model b = train(make_network(other.problem.spec, other.problem.data, network_of(other.task)),
                        other.problem.spec, other.problem.data, nullptr, short_run)
                      .model;
  expect_mentions(message_of([&] { bag({a, b}, s.problem.data); }), {"model 2", "another task"});
  expect_mentions(message_of([&] { bag(std::vector<Model>(33, a), s.problem.data); }), {"66 networks", "at most 64"});
  EXPECT_EQ(bag({a}, s.problem.data).fingerprint(), a.fingerprint());
}

}  // namespace
}  // namespace retrograd
