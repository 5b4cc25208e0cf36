// After the first, a training step asks for no memory, on any thread of the team.
#include <gtest/gtest.h>

#include <numeric>

#include "support/allocation.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;
using support::allocations;

TEST(StepAllocation, TheCountCounts) {
  const int64_t before = allocations();
  std::vector<double> some(3);
  some.resize(1000);
  EXPECT_GE(allocations() - before, 2);
}

TEST(StepAllocation, NoneAfterTheFirstStep) {
  struct Wide {
    int width;
    const char* normalise;
  };
  for (const Task task : {Task::classification, Task::multilabel, Task::regression}) {
    for (const Wide& wide : {Wide{20, "batch_norm"}, Wide{300, "layer_norm"}}) {
      const Problem problem = make_problem(task, 200, 9, 3, true);
      NetworkOptions network;
      network.hidden = {wide.width, wide.width};
      network.normalise = wide.normalise;
      network.dropout = 0.2;
      const Prepared prepared = make_network(problem.spec, problem.data, network);
      for (const int threads : {1, 3}) {
        TrainOptions options = plain_options(64, 1);
        options.optimizer = "adamw";
        options.threads = threads;
        options.shards = threads == 1 ? 1 : 4;
        options.l1 = options.l2 = 0.001;
        options.clip_norm = options.clip_value = 1;
        options.max_norm = 2;
        Bench bench(prepared, problem, options);
        const auto engine = bench.fast();
        std::vector<int64_t> order(200);
        std::iota(order.begin(), order.end(), int64_t{0});
        int64_t during = -1;
        for (int64_t step = 1; step <= 6; ++step) {
          training::StepPlan plan;
          // The last batch is ragged, as at the end of an epoch.
          plan.rows = std::span<const int64_t>(order).subspan(static_cast<size_t>(step % 3) * 64, step == 6 ? 37 : 64);
          plan.eta = 0.01;
          plan.step = step;
          if (step == 2) during = allocations();
          engine->step(plan);
        }
        EXPECT_EQ(allocations() - during, 0)
            << to_string(task) << ", " << wide.width << " wide, " << threads << " threads";
      }
    }
  }
}

TEST(StepAllocation, NoneWhereImagesAreAugmented) {
  const Problem problem = as_images(make_problem(Task::classification, 200, 90, 3, true), {9, 10}, true);
  const Prepared prepared = make_network(problem.spec, problem.data, {});
  TrainOptions options = plain_options(64, 1);
  options.threads = 2;
  options.augment = "shift,rotate,scale,elastic,flip";
  Bench bench(prepared, problem, options);
  const auto engine = bench.fast();
  std::vector<int64_t> order(64);
  std::iota(order.begin(), order.end(), int64_t{0});
  int64_t before = 0;
  for (int step = 1; step <= 4; ++step) {
    training::StepPlan plan;
    plan.rows = order;
    plan.eta = 0.01;
    plan.step = plan.images.epoch = step;
    if (step == 2) before = allocations();
    engine->step(plan);
  }
  EXPECT_EQ(allocations() - before, 0);
}

TEST(StepAllocation, NoneForOneRowOfPredictionAfterTheFirst) {
  Network net;
  net.input("x", 30).linear(200).activation("tanh").linear(3).loss("softmax_xent");
  std::map<std::string, std::vector<double>> values;
  const graph::ForwardProgram program = graph::compile(net);
  for (const graph::Parameter& p : program.parameters) values[p.name].assign(p.size(), 0.01);
  const Model model(net, Precision::float32, values, {});
  std::vector<float> x(30, 0.5f), y(3);
  model.predict_row(x, y);
  const int64_t before = allocations();
  for (int k = 0; k < 5; ++k) model.predict_row(x, y);
  EXPECT_EQ(allocations() - before, 0);
}

/// Whole epochs take more memory only for what they report. (Steps that are observed take memory for that:
/// the first ones of two epochs in either training.)
TEST(StepAllocation, MoreStepsInATrainingTakeNoMore) {
  const Problem problem = make_problem(Task::classification, 256, 9, 3, false);
  NetworkOptions network;
  network.hidden = {12};
  const Prepared prepared = make_network(problem.spec, problem.data, network);
  const auto count = [&](int64_t batch) {
    const int64_t before = allocations();
    train(prepared, problem.spec, problem.data, nullptr, plain_options(batch, 3));
    return allocations() - before;
  };
  EXPECT_GT(count(32), 0);
  EXPECT_EQ(count(8), count(32));
}

}  // namespace
}  // namespace retrograd
