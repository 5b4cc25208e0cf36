// The training loop: validation, early stopping, callbacks, history, divergence, and batches of unusual sizes.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "retrograd/evaluate.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

/// One weight without a bias, from 0: p = w·x, and data of the line p = slope·x.
Prepared line() {
  Prepared prepared;
  Layer layer;
  layer.type = "linear";
  layer.units = 1;
  layer.attributes = {{"bias", 0.0}};
  layer.initializer = "zeros";
  prepared.network.input("x", 1).layer(layer).loss("squared").target(1);
  return prepared;
}

Problem line_data(float slope, int64_t rows = 10) {
  Problem problem{array_spec(Task::regression, 1, 1), {}};
  std::vector<float> x, y;
  for (int64_t n = 0; n < rows; ++n) {
    x.push_back(static_cast<float>(n + 1) / static_cast<float>(rows));
    y.push_back(slope * x.back());
  }
  problem.data.rows = rows;
  problem.data.inputs.push_back({"x", 1, x});
  problem.data.target = {"target", 1, y};
  return problem;
}

/// The weight goes from 0 towards 1 and passes 0.5, where the validation data are met best.
Trained passing(int patience, int epochs = 60, const Callbacks& callbacks = {}, const std::string& metric = "auto") {
  const Problem problem = line_data(1), valid = line_data(0.5);
  TrainOptions options = plain_options(-1, epochs);
  options.patience = patience;
  options.metric = metric;
  return train(line(), problem.spec, problem.data, &valid.data, options, callbacks);
}

TEST(EarlyStopping, RestoresTheBestEpoch) {
  for (const char* metric : {"auto", "rmse", "r2", "mae"}) {
    const Trained t = passing(4, 60, {}, metric);
    ASSERT_GT(t.best_epoch, 3);
    EXPECT_EQ(static_cast<int>(t.history.size()), t.best_epoch + 4);
    EXPECT_NE(t.stopped.find("4 epochs without"), std::string::npos) << t.stopped;
    for (const EpochReport& e : t.history)
      EXPECT_GE(*e.valid_loss, *t.history[static_cast<size_t>(t.best_epoch - 1)].valid_loss);
    EXPECT_NEAR(t.model.parameter("W1")[0], 0.5, 0.02);
    // The model is that of a training which ended at the best epoch.
    const Problem problem = line_data(1);
    const Trained ended = train(line(), problem.spec, problem.data, nullptr, plain_options(-1, t.best_epoch));
    EXPECT_EQ(t.model.fingerprint(), ended.model.fingerprint());
    EXPECT_NEAR(t.model.loss(line_data(0.5).data).mean(), *t.history[static_cast<size_t>(t.best_epoch - 1)].valid_loss,
                1e-9);
  }
}

TEST(EarlyStopping, PatienceZeroNeverStopsAndStillRestores) {
  const Trained t = passing(0);
  EXPECT_EQ(t.history.size(), 60u);
  EXPECT_EQ(t.best_epoch, passing(4).best_epoch);
  EXPECT_EQ(t.model.fingerprint(), passing(4).model.fingerprint());
  EXPECT_NE(t.stopped.find("all 60 epochs"), std::string::npos) << t.stopped;
}

TEST(EarlyStopping, NeedsValidationData) {
  const Problem problem = line_data(1);
  TrainOptions options = plain_options(-1, 9);
  options.patience = 1;
  const Trained t = train(line(), problem.spec, problem.data, nullptr, options);
  EXPECT_EQ(t.history.size(), 9u);
  EXPECT_EQ(t.best_epoch, 9);
  EXPECT_FALSE(t.history[0].valid_loss || t.history[0].valid_metric || t.history[0].best);
}

TEST(History, TellsWhatHappened) {
  const Problem problem = make_problem(Task::classification, 70, 4, 3, true);
  const Problem valid = make_problem(Task::classification, 300, 4, 3, true, 8);
  TrainOptions options = plain_options(32, 5);
  options.schedule = "step:every=2,gamma=0.5";
  options.metric = "accuracy";
  options.patience = 0;
  std::vector<EpochReport> seen;
  int64_t steps = 0, total = 0;
  std::vector<std::string> lines;
  Callbacks callbacks;
  callbacks.epoch = [&](const EpochReport& e) {
    seen.push_back(e);
    return Control{};
  };
  callbacks.step = [&](int64_t step, int64_t of) {
    EXPECT_EQ(step, ++steps);
    total = of;
    return false;
  };
  callbacks.log = [&](const std::string& line) { lines.push_back(line); };
  const Prepared prepared = make_network(problem.spec, problem.data, {});
  const Trained t = train(prepared, problem.spec, problem.data, &valid.data, options, callbacks);
  EXPECT_EQ(steps, 15);
  EXPECT_EQ(total, 15);
  EXPECT_EQ(lines, t.decisions);
  ASSERT_EQ(t.history.size(), 5u);
  ASSERT_EQ(seen.size(), 5u);
  int best = 0;
  double highest = -1;
  for (size_t i = 0; i < 5; ++i) {
    const EpochReport& e = t.history[i];
    EXPECT_EQ(e.epoch, static_cast<int>(i) + 1);
    EXPECT_EQ(seen[i].epoch, e.epoch);
    EXPECT_EQ(e.epochs, 5);
    EXPECT_EQ(e.steps, 3 * (static_cast<int64_t>(i) + 1));
    EXPECT_EQ(e.metric, "accuracy");
    EXPECT_DOUBLE_EQ(e.learning_rate, 0.1 * std::ldexp(1.0, -static_cast<int>(i / 2)));
    EXPECT_GT(e.seconds, 0);
    EXPECT_GT(e.rows_per_second, 0);
    const bool better = *e.valid_metric > highest;
    EXPECT_EQ(e.best, better);
    if (better) best = e.epoch, highest = *e.valid_metric;
  }
  EXPECT_EQ(t.best_epoch, best);
  const Results results = evaluate(t.model, valid.data);
  EXPECT_NEAR(results.metric("accuracy"), highest, 1e-12);
  EXPECT_NEAR(results.metric("loss"), *t.history[static_cast<size_t>(best - 1)].valid_loss, 1e-6);
  EXPECT_GT(t.seconds, 0);
}

/// The training loss of an epoch is the weighted mean of the batches' losses before their updates.
TEST(History, TrainLossOfTheFirstFullBatchIsTheLossOfTheStart) {
  const Problem problem = make_problem(Task::regression, 50, 4, 2, true);
  NetworkOptions network;
  network.dropout = 0;
  const Prepared prepared = make_network(problem.spec, problem.data, network);
  TrainOptions options = plain_options(-1, 2);
  options.learning_rate = 1e-30;  // nothing moves
  const Trained t = train(prepared, problem.spec, problem.data, nullptr, options);
  EXPECT_NEAR(t.history[0].train_loss, t.model.loss(problem.data).mean(), 1e-6);
  EXPECT_EQ(t.history[0].train_loss, t.history[1].train_loss);
}

TEST(Callbacks, StopAfterAnEpoch) {
  Callbacks callbacks;
  callbacks.epoch = [](const EpochReport& e) { return Control{.stop = e.epoch == 3, .learning_rate_factor = {}}; };
  const Trained t = passing(0, 60, callbacks);
  EXPECT_EQ(t.history.size(), 3u);
  EXPECT_EQ(t.best_epoch, 3);
  EXPECT_NE(t.stopped.find("request"), std::string::npos);
}

TEST(Callbacks, StopWithinAnEpoch) {
  const Problem problem = make_problem(Task::classification, 100, 4, 2, false);
  const Prepared prepared = make_network(problem.spec, problem.data, {});
  Callbacks callbacks;
  callbacks.step = [](int64_t step, int64_t) { return step == 2; };
  const Trained t = train(prepared, problem.spec, problem.data, nullptr, plain_options(10, 4), callbacks);
  ASSERT_EQ(t.history.size(), 1u);
  EXPECT_EQ(t.history[0].steps, 2);
  EXPECT_EQ(t.best_epoch, 1);  // the epoch of the history that the model belongs to
  EXPECT_TRUE(std::isfinite(t.history[0].rows_per_second));
  EXPECT_NEAR(t.history[0].rows_per_second * t.history[0].seconds, 20, 1e-6);  // rows that were trained on
}

TEST(Callbacks, ChangeTheRateFromTheNextEpochOn) {
  Callbacks callbacks;
  callbacks.epoch = [](const EpochReport& e) {
    Control control;
    if (e.epoch == 2 || e.epoch == 3) control.learning_rate_factor = 0.5;
    return control;
  };
  const Trained t = passing(0, 5, callbacks);
  const std::vector<double> expected = {0.1, 0.1, 0.05, 0.025, 0.025};
  for (size_t i = 0; i < 5; ++i) EXPECT_DOUBLE_EQ(t.history[i].learning_rate, expected[i]);
  EXPECT_NE(t.model.fingerprint(), passing(0, 5).model.fingerprint());
}

TEST(Callbacks, RefuseAFactorThatIsNotAPositiveNumber) {
  for (const double factor : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    Callbacks callbacks;
    callbacks.epoch = [=](const EpochReport&) { return Control{.stop = false, .learning_rate_factor = factor}; };
    expect_mentions(message_of([&] { passing(0, 5, callbacks); }), {"learning rate", "epoch 1", "positive"});
  }
}

TEST(Divergence, IsAnErrorThatNamesStepAndRemedy) {
  const Problem problem = line_data(1);
  TrainOptions options = plain_options(-1, 300);
  options.learning_rate = 1000;
  expect_mentions(message_of([&] { train(line(), problem.spec, problem.data, nullptr, options); }),
                  {"diverged", "step ", "epoch ", "--lr 100", "--clip-norm 1"});
}

/// The step that leaves the finite numbers is the last one: no later loss would show it.
TEST(Divergence, OfTheLastStepIsNotReturnedAsAModel) {
  const Problem problem = line_data(1);
  for (const bool with_valid : {false, true}) {
    for (const Precision precision : {Precision::float32, Precision::float64}) {
      TrainOptions options = plain_options(-1, 1);
      options.learning_rate = precision == Precision::float32 ? 1e200 : 1.7e308;
      options.reduction = Reduction::sum;
      options.precision = precision;
      expect_mentions(
          message_of([&] { train(line(), problem.spec, problem.data, with_valid ? &problem.data : nullptr, options); }),
          {"diverged", "step 1", "epoch 1", "--lr"});
    }
  }
}

TEST(Divergence, NaNInTheDataIsNotSilent) {
  Problem problem = line_data(1);
  std::get<std::vector<float>>(problem.data.target.values)[3] = std::numeric_limits<float>::quiet_NaN();
  expect_mentions(message_of([&] { train(line(), problem.spec, problem.data, nullptr, plain_options(-1, 2)); }),
                  {"step 1"});
}

TEST(Shuffling, DependsOnTheSeedAndTheEpochAlone) {
  // From zeros, the order of the rows is all that a seed changes.
  const Problem problem = make_problem(Task::regression, 40, 1, 1, false);
  const auto weight = [&](uint64_t seed, int64_t batch, int epochs) {
    TrainOptions options = plain_options(batch, epochs);
    options.seed = seed;
    return train(line(), problem.spec, problem.data, nullptr, options).model.parameter("W1")[0];
  };
  EXPECT_EQ(weight(1, 1, 3), weight(1, 1, 3));
  EXPECT_NE(weight(1, 1, 3), weight(2, 1, 3));
  EXPECT_EQ(weight(1, -1, 3), weight(2, -1, 3));  // the full batch has no order

  // Every epoch visits every row once, each in another order.
  constexpr double kEta = 1e-5;
  const auto after = [&](int epochs) {
    TrainOptions options = plain_options(1, epochs);
    options.learning_rate = kEta;
    return train(line(), problem.spec, problem.data, nullptr, options).model.parameter("W1")[0];
  };
  // After two epochs of one order each the weight would follow an affine map applied twice: w2 = c·w1 + w1.
  double c = 1;
  for (int64_t n = 0; n < 40; ++n) {
    const auto x = static_cast<double>(problem.data.inputs[0].at(n, 0));
    c *= 1 - kEta * x * x;
  }
  const double w1 = after(1), w2 = after(2);
  EXPECT_GT(std::abs(w2 - (c * w1 + w1)), 1e-5 * std::abs(w2));
  EXPECT_LT(std::abs(w2 - (c * w1 + w1)), 5e-3 * std::abs(w2));  // and is close to it, as every row is visited once
}

TEST(Batches, LargerThanTheDataAreTheData) {
  const Problem problem = make_problem(Task::classification, 40, 4, 3, true);
  NetworkOptions network;
  network.hidden = {9};
  const Prepared prepared = make_network(problem.spec, problem.data, network);
  const Trained large = train(prepared, problem.spec, problem.data, nullptr, plain_options(100000, 4));
  EXPECT_EQ(large.options.batch, 40);
  EXPECT_EQ(large.history.back().steps, 4);
  EXPECT_EQ(large.model.fingerprint(),
            train(prepared, problem.spec, problem.data, nullptr, plain_options(-1, 4)).model.fingerprint());
}

TEST(Batches, OfOneRow) {
  NetworkOptions network;
  network.hidden = {9};
  for (const char* normalise : {"none", "layer_norm", "batch_norm"}) {
    network.normalise = normalise;
    for (const int64_t rows : {1, 5}) {
      const Problem problem = make_problem(Task::classification, rows, 4, 2, false);
      const Prepared prepared = make_network(problem.spec, problem.data, network);
      for (const int threads : {1, 3}) {
        TrainOptions options = plain_options(1, 3);
        options.threads = threads;
        const Trained t = train(prepared, problem.spec, problem.data, &problem.data, options);
        EXPECT_EQ(t.history.size(), 3u);
        for (const graph::Parameter& p : t.model.program().parameters)
          for (const double v : t.model.parameter(p.name)) ASSERT_TRUE(std::isfinite(v)) << p.name;
        // One row has no variance: the running statistics stay as they began.
        for (const graph::Parameter& p : t.model.program().parameters) {
          if (p.trained) continue;
          for (const double v : t.model.parameter(p.name)) {
            if (p.name.ends_with("running_mean")) {
              EXPECT_EQ(v, 0) << p.name;
            }
            if (p.name.ends_with("running_var")) {
              EXPECT_EQ(v, 1) << p.name;
            }
          }
        }
      }
    }
  }
}

TEST(Train, RefusesDataThatDoNotFit) {
  const Problem right = make_problem(Task::classification, 20, 4, 3, true);
  Prepared prepared;
  prepared.network.input("x", 4).linear(3).loss("softmax_xent");
  const auto message = [&](const std::function<void(Dataset&)>& change, bool in_validation) {
    Dataset data = right.data;
    change(data);
    return message_of([&] {
      in_validation ? train(prepared, right.spec, right.data, &data, plain_options(8, 1))
                    : train(prepared, right.spec, data, nullptr, plain_options(8, 1));
    });
  };
  EXPECT_EQ(message([](Dataset&) {}, false), "(accepted)");
  EXPECT_EQ(message([](Dataset&) {}, true), "(accepted)");
  for (const bool valid : {false, true}) {
    const std::string which = valid ? "validation" : "training";
    const auto refused = [&](const std::function<void(Dataset&)>& change, std::vector<std::string> texts) {
      texts.push_back(which);
      expect_mentions(message(change, valid), texts);
    };
    refused([](Dataset& d) { d = take(d, {}); }, {"no rows"});
    refused([](Dataset& d) { d.inputs[0].name = "numeric"; }, {"'x'", "[N, 4]"});
    refused([](Dataset& d) { d.inputs[0] = {"x", 5, std::vector<float>(100)}; }, {"'x'", "5", "4"});
    refused([](Dataset& d) { d.inputs[0] = {"x", 4, std::vector<float>(76)}; }, {"'x'", "19 rows", "20"});
    refused([](Dataset& d) { d.target = {}; }, {"no target"});
    refused([](Dataset& d) { d.target = {"target", 2, std::vector<float>(40)}; }, {"target", "2 columns", "1"});
    refused([](Dataset& d) { d.target = {"target", 1, std::vector<float>(19)}; }, {"target", "19 rows", "20"});
    refused([](Dataset& d) { d.weight = {"weight", 1, std::vector<float>(21, 1.0f)}; }, {"weight", "21 rows", "20"});
    refused([](Dataset& d) { d.weight = {"weight", 1, std::vector<float>(20)}; }, {"every row", "weight 0"});
    refused([](Dataset& d) { d.weight = {"weight", 2, std::vector<float>(40, 1.0f)}; }, {"weight", "2 columns", "1"});
    for (const float bad : {-1.0f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
      refused([=](Dataset& d) { std::get<std::vector<float>>(d.weight.values)[7] = bad; }, {"row 7", "weight"});
    for (const float bad : {-1.0f, 3.0f, 0.5f, std::numeric_limits<float>::quiet_NaN()})
      refused([=](Dataset& d) { std::get<std::vector<float>>(d.target.values)[9] = bad; },
              {"row 9", "class", "0 to 2"});
  }
}

TEST(Train, RefusesConstantsThatDoNotFit) {
  const Problem problem = line_data(1);
  Prepared prepared = line();
  prepared.constants["nothing.mean"] = {1};
  expect_mentions(message_of([&] { train(prepared, problem.spec, problem.data, nullptr, plain_options(-1, 1)); }),
                  {"'nothing.mean'"});
  prepared.constants = {{"W1", {1, 2}}};
  expect_mentions(message_of([&] { train(prepared, problem.spec, problem.data, nullptr, plain_options(-1, 1)); }),
                  {"'W1'", "1 numbers", "2"});
}

}  // namespace
}  // namespace retrograd
