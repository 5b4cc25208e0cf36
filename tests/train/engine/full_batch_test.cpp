// Training by L-BFGS and Levenberg–Marquardt: where they end, what they refuse, and the Jacobian.
#include <gtest/gtest.h>

#include <cmath>

#include "train/engine/jacobian.hpp"
#include "train/engine/total_loss.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

NetworkOptions network(std::vector<int> hidden, const char* activation = "tanh") {
  NetworkOptions options;
  options.hidden = std::move(hidden);
  options.activation = activation;
  options.dropout = 0;
  return options;
}

TrainOptions by(const char* optimizer, int epochs) {
  TrainOptions options;
  options.optimizer = optimizer;
  options.epochs = epochs;
  options.threads = 1;
  return options;
}

double last_loss(const Trained& trained) { return trained.history.back().train_loss; }

/// Classes that a line separates: the loss alone has no minimum, with a penalty it is convex and has one.
TEST(FullBatch, LogisticRegressionReachesItsOptimum) {
  Problem problem = make_problem(Task::classification, 200, 3, 2, false);
  const auto& x = std::get<std::vector<float>>(problem.data.inputs[0].values);
  std::vector<float> y;
  for (int64_t n = 0; n < 200; ++n) y.push_back(x[static_cast<size_t>(3 * n)] > 0.25f ? 1.0f : 0.0f);
  problem.data.target.values = y;
  Prepared prepared;
  prepared.network.input("x", 3).linear(2).loss("softmax_xent");
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    TrainOptions options = by("lbfgs:tolerance=1e-6", 200);
    options.l2 = 0.01;
    options.precision = precision;
    const Trained trained = train(prepared, problem.spec, problem.data, nullptr, options);
    EXPECT_TRUE(trained.finished);
    EXPECT_LT(trained.history.size(), 60u);
    // At the optimum the gradient of mean loss and penalty is 0; here it is added up by hand.
    const std::vector<double> W = trained.model.parameter("W1"), b = trained.model.parameter("b1");
    double g[4][2] = {};
    for (size_t n = 0; n < 200; ++n) {
      double z[2] = {b[0], b[1]};
      for (size_t i = 0; i < 3; ++i)
        for (size_t k = 0; k < 2; ++k) z[k] += static_cast<double>(x[3 * n + i]) * W[2 * i + k];
      const double p = 1 / (1 + std::exp(z[0] - z[1]));
      const double delta = p - static_cast<double>(y[n]);
      for (size_t i = 0; i < 4; ++i) {
        const double input = i < 3 ? static_cast<double>(x[3 * n + i]) : 1;
        g[i][1] += delta * input / 200;
        g[i][0] -= delta * input / 200;
      }
    }
    for (size_t i = 0; i < 4; ++i)
      for (size_t k = 0; k < 2; ++k)
        EXPECT_NEAR(g[i][k] + (i < 3 ? 0.01 * W[2 * i + k] : 0), 0, precision == Precision::float32 ? 4e-6 : 1.01e-6);
  }
}

/// A curve that a small network can follow: steps of lm are worth many of Adam's.
TEST(FullBatch, LevenbergMarquardtNeedsFarFewerStepsThanAdam) {
  Problem problem = make_problem(Task::regression, 120, 1, 1, false);
  const auto& x = std::get<std::vector<float>>(problem.data.inputs[0].values);
  std::vector<float> y;
  for (const float v : x) y.push_back(std::sin(3 * v) + 0.3f * v * v);
  problem.data.target.values = y;
  const Prepared prepared = make_network(problem.spec, problem.data, network({12}));
  TrainOptions adam = by("adam", 2000);
  adam.batch = -1;
  adam.learning_rate = 0.01;
  const double adams = last_loss(train(prepared, problem.spec, problem.data, nullptr, adam));
  const double lms = last_loss(train(prepared, problem.spec, problem.data, nullptr, by("lm", 100)));
  const double lbfgs = last_loss(train(prepared, problem.spec, problem.data, nullptr, by("lbfgs", 400)));
  EXPECT_LT(lms, adams / 10);
  EXPECT_LT(lbfgs, adams / 2);
}

/// Rows of J against central differences of every output in double, with two outputs and all that can stand before
/// them.
TEST(FullBatch, JacobianIsTheDerivativeOfTheOutputs) {
  const Problem problem = make_problem(Task::regression, 9, 4, 2, true);
  NetworkOptions options = network({5, 3}, "gelu");
  options.normalise = "layer_norm";
  options.scaling_layer = options.parametric = true;
  options.embedding = "none";
  const Prepared prepared = make_network(problem.spec, problem.data, options);
  TrainOptions wide = by("lm", 1);
  wide.precision = Precision::float64;
  Bench bench(prepared, problem, wide);
  std::vector<double> theta = bench.initial();
  for (size_t i = 0; i < bench.program.trained_size; ++i) theta[i] += 0.05 * std::sin(static_cast<double>(i));
  training::Jacobian<double> jacobian(bench.program, bench.reverse);
  training::Jacobian<float> narrow(bench.program, bench.reverse);
  ASSERT_EQ(jacobian.outputs(), 2);
  const size_t n = bench.program.trained_size;
  plan::ReferenceExecutor<double> executor(bench.program, nullptr);
  executor.resize(1);
  const auto outputs = [&](int64_t row) {
    for (int c = 0; c < 4; ++c)
      executor.value(bench.program.inputs[0])[static_cast<size_t>(c)] = problem.data.inputs[0].at(row, c);
    executor.forward(theta.data(), true);
    return executor.value(bench.program.logits);
  };
  for (const int64_t row : {0, 8}) {
    std::vector<double> J(2 * n), narrow_J(2 * n);
    jacobian.row(theta, bench.rows, row, J);
    std::vector<float> narrow_theta(theta.begin(), theta.end());
    narrow.row(narrow_theta, bench.rows, row, narrow_J);
    for (const graph::Parameter& p : bench.program.parameters) {
      if (!p.trained) continue;
      for (size_t i = p.offset; i < p.offset + p.size(); ++i) {
        const double kept = theta[i], h = 1e-5;
        theta[i] = kept + h;
        const std::vector<double> above = outputs(row);
        theta[i] = kept - h;
        const std::vector<double> below = outputs(row);
        theta[i] = kept;
        for (size_t k = 0; k < 2; ++k) {
          EXPECT_NEAR(J[k * n + i], (above[k] - below[k]) / (2 * h), 1e-8) << p.name << ", output " << k;
          EXPECT_NEAR(J[k * n + i], narrow_J[k * n + i], 2e-5) << p.name << ", output " << k;
        }
      }
    }
  }
}

/// For a linear network H is the Hessian: the gradient changes by H·d.
TEST(FullBatch, TheNormalMatrixOfALinearNetworkIsTheHessian) {
  const Problem problem = make_problem(Task::regression, 75, 4, 2, true);
  Prepared prepared;
  prepared.network.input("x", 4).linear(2).target(2).loss("squared");
  TrainOptions options = by("lm", 1);
  options.precision = Precision::float64;
  options.l2 = 0.3;
  Bench bench(prepared, problem, options);
  const auto engine = bench.reference();
  const size_t n = bench.program.trained_size;
  training::TotalLoss<double> total(bench.setup(), *engine);
  std::vector<int64_t> rows(75);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int64_t>(i);
  total.set(rows, 0.2);
  std::vector<double> theta(n), g0(n), g1(n), H(n * n);
  total.evaluate(theta, g0);
  total.normal_matrix(theta, H);
  for (const graph::Parameter& p : bench.program.parameters)
    for (size_t j = p.offset; j < p.offset + p.size(); ++j) {
      std::vector<double> moved = theta;
      moved[j] = 1;
      total.evaluate(moved, g1);
      for (size_t i = 0; i <= j; ++i) EXPECT_NEAR(H[i * n + j], g1[i] - g0[i], 1e-10) << i << ", " << j;
    }
}

TEST(FullBatch, AnEpochIsAnIterationAndNeverRaisesTheLoss) {
  const Problem problem = make_problem(Task::classification, 300, 5, 3, true),
                valid = make_problem(Task::classification, 90, 5, 3, true, 9);
  const Prepared prepared = make_network(problem.spec, problem.data, network({24}));
  TrainOptions options = by("lbfgs", 60);
  options.patience = 4;
  const Trained trained = train(prepared, problem.spec, problem.data, &valid.data, options);
  EXPECT_EQ(trained.options.batch, 300);
  EXPECT_EQ(trained.options.schedule, "constant");
  for (size_t i = 0; i < trained.history.size(); ++i) {
    EXPECT_EQ(trained.history[i].steps, static_cast<int64_t>(i) + 1);
    if (i == 0) continue;
    EXPECT_LE(trained.history[i].train_loss, trained.history[i - 1].train_loss * (1 + 1e-6));
  }
  EXPECT_LT(trained.best_epoch, static_cast<int>(trained.history.size()));  // patience ended it, the best is kept
  EXPECT_TRUE(trained.finished);
}

TEST(FullBatch, EndsWithTheReasonWhereTheGradientVanishes) {
  const Problem problem = make_problem(Task::regression, 60, 2, 1, false);
  Prepared prepared;
  prepared.network.input("x", 2).linear(1).target(1).loss("squared");
  for (const char* optimizer : {"lbfgs:tolerance=1e-3", "lm:tolerance=1e-3"}) {
    const Trained trained = train(prepared, problem.spec, problem.data, nullptr, by(optimizer, 500));
    EXPECT_LT(trained.history.size(), 30u) << optimizer;
    EXPECT_TRUE(trained.finished);
    EXPECT_NE(trained.stopped.find("within the tolerance 0.001"), std::string::npos) << trained.stopped;
  }
}

TEST(FullBatch, RefusesWhatItHasNoMeaningFor) {
  const Problem problem = make_problem(Task::regression, 60, 3, 1, false);
  const auto refused = [&](const NetworkOptions& of, const char* optimizer,
                           const std::function<void(TrainOptions&)>& change, const std::vector<std::string>& texts) {
    TrainOptions options = by(optimizer, 3);
    change(options);
    expect_mentions(message_of([&] {
                      train(make_network(problem.spec, problem.data, of), problem.spec, problem.data, nullptr, options);
                    }),
                    texts);
  };
  using O = TrainOptions;
  const std::vector<std::pair<std::function<void(O&)>, std::vector<std::string>>> options = {
      {[](O& o) { o.batch = 32; }, {"batch 32 of 60 rows", "leave the batch out"}},
      {[](O& o) { o.shards = 2; }, {"2 shards"}},
      {[](O& o) { o.schedule = "cosine"; }, {"schedule cosine", "leave the schedule out"}},
      {[](O& o) { o.decay_schedule = "cosine"; }, {"weight decay"}},
      {[](O& o) { o.dropout_schedule = "cosine"; }, {"dropout"}},
      {[](O& o) { o.learning_rate = 0.1; }, {"learning rate 0.1"}},
      {[](O& o) { o.l1 = 0.1; }, {"l1 0.1", "smooth"}},
      {[](O& o) { o.max_norm = 1; }, {"max-norm 1"}},
      {[](O& o) { o.clip_norm = 1; }, {"clip-norm 1"}},
      {[](O& o) { o.clip_value = 1; }, {"clip-value 1"}},
      {[](O& o) { o.on_divergence = OnDivergence::restore; }, {"on-divergence"}}};
  for (const char* optimizer : {"lbfgs", "lm"}) {
    for (const auto& [change, texts] : options) refused(network({4}), optimizer, change, texts);
    NetworkOptions of = network({4});
    of.dropout = 0.25;
    refused(of, optimizer, [](O&) {}, {optimizer, "dropout1", "rate 0.25", "set dropout 0"});
    of = network({4});
    of.normalise = "batch_norm";
    refused(of, optimizer, [](O&) {}, {optimizer, "batch_norm1", "layer_norm"});
    of = network({4});
    of.rates = {{"bias", 0.5}};
    refused(of, optimizer, [](O&) {}, {optimizer, "factor 0.5"});
  }
  NetworkOptions huber = network({4});
  huber.loss = "huber";
  refused(huber, "lm", [](O&) {}, {"squared error", "'huber'", "lbfgs"});
  NetworkOptions two = network({4});
  two.members = 2;
  refused(two, "lm", [](O&) {}, {"one network", "an ensemble", "leave out the members", "lbfgs"});
  refused(network({60, 70}), "lm", [](O&) {}, {"4581 × 4581", "at most 4096"});
}

}  // namespace
}  // namespace retrograd
