// What a run leaves open: the decisions, and the refusal of every impossible value.
#include "train/loop/complete.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

graph::ForwardProgram program_of(int width) {
  Network net;
  net.input("x", width).linear(width).activation("relu").linear(2).loss("softmax_xent");
  return graph::compile(net);
}

bool mentions(const std::vector<std::string>& lines, const std::string& text) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& l) { return l.find(text) != std::string::npos; });
}

struct Answer {
  TrainOptions options;
  std::vector<std::string> decisions;
  bool says(const std::string& text) const { return mentions(decisions, text); }
};

Answer complete(const TrainOptions& given, Task task = Task::classification, int64_t rows = 100, int width = 8,
                bool valid = true) {
  Answer answer;
  answer.options =
      training::complete(given, array_spec(task, width, 2), rows, valid, program_of(width), answer.decisions);
  return answer;
}

TEST(Complete, BatchByTheNumberOfRows) {
  for (const auto& [rows, batch] : std::vector<std::pair<int64_t, int64_t>>{
           {1, 1}, {20, 20}, {32, 32}, {1000, 32}, {1001, 128}, {4000, 128}, {4001, 256}, {1000000, 256}}) {
    const Answer a = complete({}, Task::classification, rows);
    EXPECT_EQ(a.options.batch, batch) << rows << " rows";
    EXPECT_TRUE(a.says("batch " + std::to_string(batch)));
  }
  TrainOptions options;
  for (const auto& [given, batch] :
       std::vector<std::pair<int64_t, int64_t>>{{-1, 100}, {7, 7}, {100, 100}, {101, 100}}) {
    options.batch = given;
    const Answer a = complete(options);
    EXPECT_EQ(a.options.batch, batch);
    EXPECT_FALSE(a.says("batch "));  // nothing was decided
  }
}

TEST(Complete, RateAndDecayByTheOptimiser) {
  for (const optim::Optimizer& optimizer : optim::elementwise_optimizers()) {
    TrainOptions options;
    options.optimizer = optimizer.info.name;
    const Answer a = complete(options);
    EXPECT_DOUBLE_EQ(a.options.learning_rate, optimizer.info.usual_eta);
    EXPECT_TRUE(a.says("learning rate"));
    EXPECT_EQ(a.options.weight_decay, optimizer.info.decoupled_decay ? 0.01 : 0.0);
    EXPECT_EQ(a.says("weight decay"), optimizer.info.decoupled_decay);
    const bool adam = optimizer.info.name == "adam" || optimizer.info.name == "adamw";
    EXPECT_DOUBLE_EQ(complete(options, Task::regression).options.learning_rate,
                     (adam ? 3 : 1) * optimizer.info.usual_eta);
    options.learning_rate = 0.125;
    options.weight_decay = 0.5;
    const Answer given = complete(options);
    EXPECT_EQ(given.options.learning_rate, 0.125);
    EXPECT_EQ(given.options.weight_decay, 0.5);
    EXPECT_FALSE(given.says("learning rate") || given.says("weight decay"));
  }
  TrainOptions options;
  options.weight_decay = 0;
  EXPECT_EQ(complete(options).options.weight_decay, 0);
}

TEST(Complete, NetworksSideBySideMoveAsOneAlone) {
  const Problem problem = make_problem(Task::classification, 60, 3, 2, false);
  const auto moved = [&](int members, double rate, const char* optimizer, std::vector<std::string>& decisions) {
    NetworkOptions network;
    network.hidden = {6};
    network.dropout = 0;
    network.members = members;
    const Prepared prepared = make_network(problem.spec, problem.data, network);
    TrainOptions options = plain_options(-1, 3);
    options.optimizer = optimizer;
    options.learning_rate = rate;
    const Trained trained = train(prepared, problem.spec, problem.data, nullptr, options);
    decisions = trained.decisions;
    return trained.model.parameter("W1");
  };
  std::vector<std::string> said, unsaid;
  for (const char* optimizer : {"sgd", "momentum", "nesterov"}) {
    const std::vector<double> alone = moved(1, 0, optimizer, unsaid), side = moved(4, 0, optimizer, said);
    for (size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(side[i], alone[i], 1e-6) << optimizer;
    EXPECT_TRUE(mentions(said, "4 times the usual one")) << optimizer;
  }
  moved(4, 0.1, "sgd", said);
  EXPECT_TRUE(mentions(said, "each moves as one alone with 0.025"));
  moved(4, 0.1, "adam", said);
  EXPECT_FALSE(mentions(said, "each moves"));
}

TEST(Complete, AMethodOfTheFullBatchLeavesNothingToChoose) {
  EXPECT_TRUE(complete({}).options.schedule.starts_with("cosine"));
  TrainOptions options;
  options.optimizer = "lbfgs";
  const Answer a = complete(options);
  EXPECT_EQ(a.options.schedule, "constant");
  EXPECT_EQ(a.options.batch, 100);
  EXPECT_EQ(a.options.learning_rate, 1);
  EXPECT_EQ(a.options.weight_decay, 0);
  EXPECT_TRUE(a.says("an epoch is one iteration over all 100 rows"));
  EXPECT_FALSE(a.says("learning rate"));
  EXPECT_TRUE(complete(a.options).decisions.empty());  // its own fixed point
}

TEST(Complete, WritesOptimiserAndScheduleInFull) {
  TrainOptions options;
  options.optimizer = "adam:beta1=0.8";
  options.schedule = "step:every=3";
  const TrainOptions o = complete(options).options;
  EXPECT_NE(o.optimizer.find("beta1=0.8"), std::string::npos);
  EXPECT_NE(o.optimizer.find("beta2="), std::string::npos);
  EXPECT_NE(o.schedule.find("every=3,gamma="), std::string::npos);
}

TEST(Complete, IsItsOwnFixedPoint) {
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    TrainOptions options;
    options.precision = precision;
    const TrainOptions once = complete(options, Task::regression).options;
    const Answer again = complete(once, Task::regression);
    EXPECT_TRUE(again.decisions.empty());
    EXPECT_EQ(again.options.batch, once.batch);
    EXPECT_EQ(again.options.learning_rate, once.learning_rate);
    EXPECT_EQ(again.options.optimizer, once.optimizer);
    EXPECT_EQ(again.options.schedule, once.schedule);
    EXPECT_EQ(again.options.metric, once.metric);
    EXPECT_EQ(again.options.threads, once.threads);
    EXPECT_EQ(again.options.weight_decay, once.weight_decay);
  }
}

TEST(Complete, ThreadsByTheWorkOfAStep) {
  EXPECT_EQ(complete({}).options.threads, 1);  // a small network does not repay a second one
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  TrainOptions options;
  options.batch = 32 * 64;
  const Answer large = complete(options, Task::classification, 1000000, 2048);
  EXPECT_EQ(large.options.threads, std::min(cores, 64));
  options.batch = 32;  // one panel: nothing to share
  EXPECT_EQ(complete(options, Task::classification, 1000000, 2048).options.threads, 1);
  options.threads = 5;
  EXPECT_EQ(complete(options).options.threads, 5);
  options.precision = Precision::float64;
  const Answer exact = complete(options);
  EXPECT_EQ(exact.options.threads, 1);
  EXPECT_TRUE(exact.says("1 thread: double precision"));
}

TEST(Complete, MetricByTask) {
  for (const Task task : {Task::classification, Task::multilabel, Task::regression}) {
    EXPECT_EQ(complete({}, task).options.metric, "loss");
    EXPECT_TRUE(complete({}, task).says("validation loss"));
    EXPECT_FALSE(complete({}, task, 100, 8, false).says("validation"));
    for (const char* metric : {"loss", "accuracy", "auc", "macro_f1", "log_loss", "rmse", "mae", "r2", "speed"}) {
      const std::string name = metric;
      const bool numbers = name == "rmse" || name == "mae" || name == "r2";
      const bool fits = name == "loss" || (task == Task::regression ? numbers : !numbers && name != "speed");
      TrainOptions options;
      options.metric = name;
      const std::string message = message_of([&] { complete(options, task); });
      if (fits)
        EXPECT_EQ(message, "(accepted)") << name;
      else
        expect_mentions(message, {"'" + name + "'", std::string(to_string(task)), "loss"});
    }
  }
}

TEST(Complete, RefusesEveryImpossibleValue) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const auto refused = [](const std::function<void(TrainOptions&)>& change, const std::vector<std::string>& texts) {
    TrainOptions options;
    change(options);
    expect_mentions(message_of([&] { complete(options); }), texts);
  };
  const std::vector<std::pair<std::string, double TrainOptions::*>> numbers = {
      {"learning rate", &TrainOptions::learning_rate},
      {"l1", &TrainOptions::l1},
      {"l2", &TrainOptions::l2},
      {"max-norm", &TrainOptions::max_norm},
      {"clip-norm", &TrainOptions::clip_norm},
      {"clip-value", &TrainOptions::clip_value}};
  for (const auto& [name, field] : numbers)
    for (const double bad : {-0.5, nan, infinity, -infinity})
      refused([&, f = field](TrainOptions& o) { o.*f = bad; }, {name, "expected"});
  for (const double bad : {nan, infinity, -infinity})
    refused([=](TrainOptions& o) { o.weight_decay = bad; }, {"weight decay", "expected"});
  for (const int64_t bad : {int64_t{-2}, std::numeric_limits<int64_t>::min()})
    refused([=](TrainOptions& o) { o.batch = bad; }, {"batch", "at least 1"});
  for (const int bad : {0, -1}) refused([=](TrainOptions& o) { o.epochs = bad; }, {"epochs", std::to_string(bad)});
  refused([](TrainOptions& o) { o.patience = -1; }, {"patience", "-1"});
  for (const int bad : {-1, 1025}) refused([=](TrainOptions& o) { o.threads = bad; }, {"threads", "1 to 1024"});
  refused([](TrainOptions& o) { o.optimizer = "adagrad"; }, {"'adagrad'", "adamw"});
  refused([](TrainOptions& o) { o.optimizer = "adam:beta9=1"; }, {"beta9"});
  refused([](TrainOptions& o) { o.schedule = "cosin"; }, {"'cosin'", "cosine"});
}

}  // namespace
}  // namespace retrograd
