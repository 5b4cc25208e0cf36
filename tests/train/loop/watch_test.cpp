// The watched number: each metric's value and direction, and the count of epochs without a better one.
#include "train/loop/watch.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "math/scalar.hpp"
#include "train/problems.hpp"

namespace retrograd::training {
namespace {

using testing_train::array_spec;
using testing_train::make_problem;
using testing_train::Problem;

Dataset targets(int cols, std::vector<float> y, std::vector<float> weights = {}) {
  Dataset data;
  data.rows = static_cast<int64_t>(y.size()) / cols;
  data.target = {"target", cols, std::move(y)};
  if (!weights.empty()) data.weight = {"weight", 1, std::move(weights)};
  return data;
}

TEST(Watch, EveryMetricOfAClassifierByHand) {
  // Right, right, wrong; the wrong row weighs 2. Class 1 against class 0: 0.9 and 0.2 right of 0.6.
  const Dataset data = targets(1, {1, 0, 0}, {1, 1, 2});
  const DataSpec spec = array_spec(Task::classification, 1, 2);
  const Rows rows{&data, {1, 1, 2}};
  Evaluation evaluation{6, 4, {0.1f, 0.9f, 0.8f, 0.2f, 0.4f, 0.6f}};
  EXPECT_DOUBLE_EQ(watched("loss", spec, rows, evaluation), 1.5);
  EXPECT_DOUBLE_EQ(watched("accuracy", spec, rows, evaluation), 0.5);
  EXPECT_DOUBLE_EQ(watched("auc", spec, rows, evaluation), 1);
  // F1 of class 0: 2·1/(3 + 1); of class 1: 2·1/(1 + 3).
  EXPECT_DOUBLE_EQ(watched("macro_f1", spec, rows, evaluation), 0.5);
  EXPECT_NEAR(watched("log_loss", spec, rows, evaluation), -(std::log(0.9) + std::log(0.8) + 2 * std::log(0.4)) / 4,
              1e-7);
  evaluation.predictions[5] = 0.95f;                                  // the wrong row now ranks above the right one
  EXPECT_DOUBLE_EQ(watched("auc", spec, rows, evaluation), 1.0 / 3);  // it weighs 2 of the 3 of its class
  EXPECT_EQ(watched("loss", spec, rows, {0, 0, evaluation.predictions}), 0);
}

TEST(Watch, EveryMetricOfRegressionByHand) {
  const Dataset data = targets(1, {1, 3, 5});
  const DataSpec spec = array_spec(Task::regression, 1, 1);
  const Rows rows{&data, {}};
  const Evaluation evaluation{3, 3, {1, 4, 3}};  // errors 0, 1, −2
  EXPECT_DOUBLE_EQ(watched("loss", spec, rows, evaluation), 1);
  EXPECT_DOUBLE_EQ(watched("rmse", spec, rows, evaluation), std::sqrt(5.0 / 3));
  EXPECT_DOUBLE_EQ(watched("mae", spec, rows, evaluation), 1);
  EXPECT_DOUBLE_EQ(watched("r2", spec, rows, evaluation), 1 - 5.0 / 8);
}

/// Of a run that diverges the next loss tells, and it may be told to go back: not here is the place to fail.
TEST(Watch, PredictionsThatAreNotFiniteAreWorthNothing) {
  const float infinite = std::numeric_limits<float>::infinity();
  const Dataset data = targets(1, {1, 0});
  const Evaluation of_classes{1, 2, {0.1f, 0.9f, std::nanf(""), std::nanf("")}}, of_numbers{1, 2, {1, -infinite}};
  for (const char* metric : {"accuracy", "auc", "macro_f1", "log_loss"})
    EXPECT_TRUE(std::isnan(watched(metric, array_spec(Task::classification, 1, 2), {&data, {}}, of_classes))) << metric;
  for (const char* metric : {"rmse", "mae", "r2"})
    EXPECT_TRUE(std::isnan(watched(metric, array_spec(Task::regression, 1, 1), {&data, {}}, of_numbers))) << metric;
}

TEST(Watch, EveryMetricOfLabels) {
  const Dataset data = targets(2, {1, 0, 0, 1, 1, 1});
  const DataSpec spec = array_spec(Task::multilabel, 1, 2);
  const Rows rows{&data, {}};
  const Evaluation evaluation{1.5, 3, {0.9f, 0.2f, 0.3f, 0.8f, 0.7f, 0.4f}};
  EXPECT_DOUBLE_EQ(watched("loss", spec, rows, evaluation), 0.5);
  EXPECT_DOUBLE_EQ(watched("accuracy", spec, rows, evaluation), 2.0 / 3);  // rows with all labels right
  EXPECT_DOUBLE_EQ(watched("macro_f1", spec, rows, evaluation), (1 + 2.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(watched("auc", spec, rows, evaluation), 1);
  EXPECT_GT(watched("log_loss", spec, rows, evaluation), 0);
}

TEST(Watch, Directions) {
  for (const char* up : {"accuracy", "auc", "macro_f1", "r2"}) EXPECT_TRUE(larger_is_better(up));
  for (const char* down : {"loss", "log_loss", "rmse", "mae"}) EXPECT_FALSE(larger_is_better(down));
}

TEST(EarlyStoppingCount, FindsTheFirstOfTheBestAndWaits) {
  for (const double sign : {1.0, -1.0}) {
    EarlyStopping stopping(sign < 0, 2);
    EXPECT_TRUE(stopping.report(1, sign * 5));
    EXPECT_TRUE(stopping.report(2, sign * 4));
    EXPECT_FALSE(stopping.report(3, sign * 4));  // equal is not better
    EXPECT_FALSE(stopping.over(3));
    EXPECT_FALSE(stopping.report(4, sign * 6));
    EXPECT_TRUE(stopping.over(4));
    EXPECT_EQ(stopping.best_epoch(), 2);
    EXPECT_TRUE(stopping.report(5, sign * 3));
    EXPECT_FALSE(stopping.over(5));
  }
}

TEST(EarlyStoppingCount, WithoutPatienceTheLastOfEqualsIsKept) {
  for (const double sign : {1.0, -1.0}) {
    EarlyStopping stopping(sign < 0, 0);
    EXPECT_TRUE(stopping.report(1, sign * 4));
    EXPECT_TRUE(stopping.report(2, sign * 4));
    EXPECT_FALSE(stopping.report(3, sign * 5));
    EXPECT_EQ(stopping.best_epoch(), 2);
  }
}

TEST(EarlyStoppingCount, NaNIsNeverBestAndPatienceZeroNeverOver) {
  const double nan = std::nan("");
  EarlyStopping stopping(false, 2);
  EXPECT_FALSE(stopping.report(1, nan));
  EXPECT_EQ(stopping.best_epoch(), 0);
  EXPECT_TRUE(stopping.report(2, std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(stopping.report(3, nan));
  EXPECT_TRUE(stopping.report(4, 1e300));
  EXPECT_EQ(stopping.best_epoch(), 4);
  EarlyStopping never(false, 0);
  never.report(1, 1);
  EXPECT_FALSE(never.over(1000000));
}

TEST(Watch, AnAucOfOneClassIsRefused) {
  Problem problem = make_problem(Task::classification, 6, 2, 2, false);
  const auto refuses = [&](const std::string& metric, std::vector<float> weights) {
    const Rows rows{&problem.data, std::move(weights)};
    try {
      check_watched(metric, rows);
      return false;
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find("all validation rows are of one class"), std::string::npos) << e.what();
      return true;
    }
  };
  problem.data.target.values = std::vector<float>{0, 0, 0, 0, 0, 1};
  EXPECT_FALSE(refuses("auc", {}));
  EXPECT_TRUE(refuses("auc", {1, 1, 1, 1, 1, 0})) << "a row without weight does not count";
  problem.data.target.values = std::vector<float>(6, 1.0F);
  EXPECT_TRUE(refuses("auc", {}));
  EXPECT_FALSE(refuses("accuracy", {}));
}

/// Each metric decides which epoch is best, in its own direction.
TEST(Watch, EveryMetricDecidesTheBestEpoch) {
  for (const Task task : {Task::classification, Task::multilabel, Task::regression}) {
    const Problem problem = make_problem(task, 60, 4, 3, true), valid = make_problem(task, 50, 4, 3, true, 9);
    NetworkOptions network;
    network.hidden = {16};
    const Prepared prepared = make_network(problem.spec, problem.data, network);
    const std::vector<std::string> names =
        task == Task::regression ? std::vector<std::string>{"loss", "rmse", "mae", "r2"}
                                 : std::vector<std::string>{"loss", "accuracy", "auc", "macro_f1", "log_loss"};
    for (const std::string& metric : names) {
      TrainOptions options = testing_train::plain_options(16, 12);
      options.metric = metric;
      options.patience = 0;
      const Trained t = train(prepared, problem.spec, problem.data, &valid.data, options);
      const double sign = larger_is_better(metric) ? -1 : 1;
      size_t best = 0;
      for (size_t i = 1; i < t.history.size(); ++i)
        if (sign * *t.history[i].valid_metric <= sign * *t.history[best].valid_metric) best = i;
      EXPECT_EQ(t.best_epoch, static_cast<int>(best) + 1) << metric;
      EXPECT_EQ(t.history[best].metric, metric);
    }
  }
}

}  // namespace
}  // namespace retrograd::training
