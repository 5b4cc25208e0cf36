// Batches in shards against the mathematics: the loss and the gradient are those of the whole batch, by total weight.
#include <gtest/gtest.h>

#include <cmath>

#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

Prepared linear_model(int features) {
  Prepared prepared;
  prepared.network.input("x", features).linear(1).loss("squared").target(1);
  return prepared;
}

/// θ after gradient descent on (Σ w·½(z − y)²)/(Σ w) of each batch, z = x·W + b, batches in the order of the rows; W,
/// then b.
std::vector<double> by_hand(std::vector<double> theta, const Dataset& data, int64_t batch, double eta) {
  const auto features = static_cast<size_t>(data.inputs[0].cols);
  for (int64_t begin = 0; begin < data.rows; begin += batch) {
    std::vector<double> gradient(features + 1);
    double weight = 0;
    for (int64_t n = begin; n < std::min(data.rows, begin + batch); ++n) {
      const auto x = [&](size_t i) { return static_cast<double>(data.inputs[0].at(n, static_cast<int>(i))); };
      const double w = data.weight.empty() ? 1 : static_cast<double>(data.weight.at(n, 0));
      double z = theta[features];
      for (size_t i = 0; i < features; ++i) z += x(i) * theta[i];
      const double delta = w * (z - static_cast<double>(data.target.at(n, 0)));
      for (size_t i = 0; i < features; ++i) gradient[i] += delta * x(i);
      gradient[features] += delta;
      weight += w;
    }
    for (size_t i = 0; i <= features; ++i) theta[i] -= eta * gradient[i] / weight;
  }
  return theta;
}

TEST(Shards, AveragesAreByTotalWeight) {
  // Batches of 100 leave one of 30; neither is as long for every shard. Weights differ from 0 to 2.
  constexpr int kFeatures = 5;
  for (const bool weighted : {false, true})
    for (const int shards : {1, 2, 4, 8}) {
      const Problem problem = make_problem(Task::regression, 230, kFeatures, 1, weighted);
      TrainOptions options = plain_options(100, 1);
      options.shards = shards;
      const Prepared prepared = linear_model(kFeatures);
      std::vector<int64_t> rows(230);
      for (size_t n = 0; n < rows.size(); ++n) rows[n] = static_cast<int64_t>(n);
      for (const Precision precision : {Precision::float64, Precision::float32}) {
        options.precision = precision;
        Bench bench(prepared, problem, options);
        const auto engine = precision == Precision::float64 ? bench.reference() : bench.fast();
        const std::vector<double> initial = bench.initial();
        const graph::Parameter &W = *bench.program.parameter("W1"), &b = *bench.program.parameter("b1");
        std::vector<double> theta(initial.begin() + static_cast<std::ptrdiff_t>(W.offset),
                                  initial.begin() + static_cast<std::ptrdiff_t>(W.offset + W.size()));
        theta.push_back(initial[b.offset]);
        engine->set_parameters(initial);
        double total = 0;
        for (size_t begin = 0; begin < rows.size(); begin += 100) {
          training::StepPlan plan;
          plan.rows = std::span(rows).subspan(begin, std::min<size_t>(100, rows.size() - begin));
          plan.eta = 0.1;
          plan.step = static_cast<int64_t>(begin / 100) + 1;
          total += engine->step(plan).weight;
        }
        const std::vector<double> expected = by_hand(theta, problem.data, 100, 0.1), found = engine->parameters();
        const double tolerance = precision == Precision::float64 ? 1e-13 : 1e-5;
        for (size_t i = 0; i < kFeatures; ++i) EXPECT_NEAR(found[W.offset + i], expected[i], tolerance) << shards;
        EXPECT_NEAR(found[b.offset], expected[kFeatures], tolerance) << shards;
        double all = 0;
        for (int64_t n = 0; n < problem.data.rows; ++n)
          all += weighted ? static_cast<double>(problem.data.weight.at(n, 0)) : 1;
        EXPECT_NEAR(total, all, 1e-9);
      }
    }
}

TEST(Shards, OneIsTheSameAsNoneAndMoreAreAnotherOrderOfTheSums) {
  const Problem problem = make_problem(Task::classification, 300, 6, 3, true);
  NetworkOptions network;
  network.hidden = {20, 10};
  const Prepared prepared = make_network(problem.spec, problem.data, network);
  TrainOptions options = plain_options(128, 2);
  const auto run = [&] { return train(prepared, problem.spec, problem.data, nullptr, options); };
  const Trained none = run();
  options.shards = 1;
  EXPECT_EQ(run().model.fingerprint(), none.model.fingerprint());
  options.shards = 4;
  const Trained four = run();
  EXPECT_NE(four.model.fingerprint(), none.model.fingerprint());
  for (size_t i = 0; i < none.model.parameters_f32().size(); ++i)
    EXPECT_NEAR(four.model.parameters_f32()[i], none.model.parameters_f32()[i], 1e-4f);
  EXPECT_NEAR(four.history.back().train_loss, none.history.back().train_loss, 1e-5);
}

TEST(Shards, NumbersThatAreNoPowerOfTwoAreRefused) {
  const Problem problem = make_problem(Task::regression, 40, 2, 1, false);
  TrainOptions options;
  options.shards = 6;
  expect_mentions(message_of([&] {
                    train(make_network(problem.spec, problem.data, {}), problem.spec, problem.data, nullptr, options);
                  }),
                  {"shards is 6", "a power of two", "1 to 1024"});
}

}  // namespace
}  // namespace retrograd
