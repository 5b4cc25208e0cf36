#include "retrograd/calibrate.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"
#include "train/choose/temperature.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

/// Classes or labels drawn with the probabilities that logits z give; the logits are then told as z·T.
training::Logits drawn(int members, int outputs, bool labels, double temperature, int rows = 2000) {
  training::Logits l;
  l.members = members;
  l.outputs = outputs;
  l.labels = labels;
  Stream random(11, Purpose::check, 0);
  for (int n = 0; n < rows; ++n) {
    std::vector<double> z;
    double sum = 0;
    for (int j = 0; j < outputs; ++j) {
      z.push_back(4 * random.uniform() - 2);
      sum += std::exp(z.back());
    }
    for (int m = 0; m < members; ++m)
      for (const double v : z) l.z.push_back(static_cast<float>(v * temperature));
    if (labels) {
      for (const double v : z) l.target.push_back(random.uniform() < 1 / (1 + std::exp(-v)) ? 1.0f : 0.0f);
      continue;
    }
    double left = random.uniform() * sum;
    int k = 0;
    while (k + 1 < outputs && (left -= std::exp(z[static_cast<size_t>(k)])) > 0) ++k;
    l.target.push_back(static_cast<float>(k));
  }
  return l;
}

TEST(Temperature, IsTheOneThatLogitsWereMultipliedBy) {
  for (const bool labels : {false, true})
    for (const int members : {1, 3})
      for (const double t : {0.4, 1.0, 3.0}) {
        const training::Logits l = drawn(members, 3, labels, t);
        const double found = training::best_temperature(l);
        EXPECT_NEAR(std::log(found / t), 0, 0.15) << labels << members;  // of 2,000 rows
        const double least = training::log_loss(l, found);
        EXPECT_LE(least, training::log_loss(l, 1));
        for (const double other : {0.99, 1.01, 0.3, 3.0}) EXPECT_LE(least, training::log_loss(l, found * other));
      }
}

TEST(Temperature, LogLossAndProbabilitiesAreThoseOfTheirDefinition) {
  training::Logits l;
  l.z = {1, -2, 0.5, 0, 2, 1};  // one row, two members, three classes
  l.members = 2;
  l.outputs = 3;
  l.target = {2};
  l.weight = {0.5f};
  const double t = 1.7;
  double mean[3] = {};
  for (int m = 0; m < 2; ++m) {
    double sum = 0;
    for (int j = 0; j < 3; ++j) sum += std::exp(l.z[static_cast<size_t>(3 * m + j)] / t);
    for (int j = 0; j < 3; ++j) mean[j] += std::exp(l.z[static_cast<size_t>(3 * m + j)] / t) / sum / 2;
  }
  EXPECT_NEAR(training::log_loss(l, t), -std::log(mean[2]), 1e-12);
  const std::vector<float> p = training::probabilities(l, t);
  for (size_t j = 0; j < 3; ++j) EXPECT_NEAR(p[j], mean[j], 1e-7);
  l.labels = true;
  l.target = {1, 0, 1};
  double loss = 0;
  for (size_t j = 0; j < 3; ++j) {
    const double a = 1 / (1 + std::exp(-l.z[j] / t)), b = 1 / (1 + std::exp(-l.z[3 + j] / t));
    loss -= std::log(l.target[j] == 1 ? (a + b) / 2 : 1 - (a + b) / 2) / 3;
    EXPECT_NEAR(training::probabilities(l, t)[j], (a + b) / 2, 1e-7);
  }
  EXPECT_NEAR(training::log_loss(l, t), loss, 1e-12);
}

Model trained(const Problem& problem, int members) {
  NetworkOptions network;
  network.hidden = {16};
  network.dropout = 0;
  network.members = members;
  TrainOptions options = plain_options(16, 30);
  return train(make_network(problem.spec, problem.data, network), problem.spec, problem.data, nullptr, options).model;
}

TEST(Calibrate, DividesTheLogitsOfEveryMember) {
  for (const Task task : {Task::classification, Task::multilabel})
    for (const int members : {1, 3}) {
      SCOPED_TRACE(std::string(to_string(task)) + std::to_string(members));
      const Problem problem = make_problem(task, 100, 4, 3, true), valid = make_problem(task, 200, 4, 3, true, 9);
      const Model before = trained(problem, members);
      EXPECT_FALSE(temperature(before));
      const Calibration c = calibrate(before, valid.data);
      EXPECT_EQ(c.rows, 200);
      EXPECT_NEAR(*temperature(c.model), c.temperature, 1e-6 * c.temperature);
      EXPECT_LT(c.after.log_loss, c.before.log_loss);
      const double measured = evaluate(c.model, valid.data).metric("log_loss");
      EXPECT_NEAR(measured, c.after.log_loss, 1e-5);
      EXPECT_NEAR(evaluate(before, valid.data).metric("log_loss"), c.before.log_loss, 1e-5);
      EXPECT_EQ(c.after.calibration_error.has_value(), task == Task::classification);
      // Again: the temperature is replaced, not added.
      const Calibration again = calibrate(c.model, valid.data, 3);
      EXPECT_EQ(again.model.fingerprint(), c.model.fingerprint());
      EXPECT_EQ(again.temperature, c.temperature);
      // It can be trained on.
      TrainOptions more = plain_options(16, 1);
      EXPECT_TRUE(temperature(train(go_on(c.model), problem.spec, problem.data, nullptr, more).model));
    }
}

TEST(Calibrate, FoldsGetOneTemperatureFromRowsThatWereOut) {
  const Problem problem = make_problem(Task::classification, 90, 4, 3, false);
  TrainOptions options = plain_options(16, 20);
  NetworkOptions network;
  network.hidden = {16};
  FoldsTrained folds = train_folds([&](const Dataset& rows) { return make_network(problem.spec, rows, network); },
                                   problem.spec, problem.data, 3, options);
  const double before = folds.out_of_fold.metric("log_loss");
  const Calibration c = calibrate(folds, problem.data);
  EXPECT_EQ(c.rows, 90);
  EXPECT_NEAR(c.before.log_loss, before, 1e-5);
  EXPECT_LT(c.after.log_loss, before);
  EXPECT_NEAR(folds.out_of_fold.metric("log_loss"), c.after.log_loss, 1e-5);
  EXPECT_EQ(folds.trained.model.fingerprint(), c.model.fingerprint());
  EXPECT_EQ(*temperature(folds.trained.model), *temperature(folds.folds[2].trained.model));
  const std::string once = folds.trained.model.fingerprint();
  EXPECT_EQ(calibrate(folds, problem.data).model.fingerprint(), once);  // again replaces the temperature
}

TEST(Calibrate, RefusesWhatHasNoProbabilities) {
  const Problem problem = make_problem(Task::regression, 40, 3, 1, false);
  const Model model = trained(problem, 1);
  expect_mentions(message_of([&] { calibrate(model, problem.data); }), {"only probabilities", "squared"});
  const Problem classes = make_problem(Task::classification, 40, 3, 2, false);
  Dataset nothing = classes.data;
  nothing.target = {};
  expect_mentions(message_of([&] { calibrate(trained(classes, 1), nothing); }), {"rows with a target"});
}

}  // namespace
}  // namespace retrograd
