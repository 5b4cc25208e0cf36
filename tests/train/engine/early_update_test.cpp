// In a team, weights that the other threads have read are updated block by block as their gradient is computed, and so
// is a layer of a million weights, which is summed before the backward pass ends: the numbers are those of the plain
// references all the same, for any number of threads, and with everything that may come between gradient and update.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "optim/optimizer.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

void gives_the_bits_of_the_plain_reference(const std::vector<int>& hidden, bool every_optimizer_in_teams) {
  const Problem problem = make_problem(Task::classification, 40, 5, 3, true);
  NetworkOptions network;
  network.hidden = hidden;
  network.activation = "tanh";
  network.normalise = "layer_norm";
  network.dropout = 0.1;
  const Prepared prepared = make_network(problem.spec, problem.data, network);
  TrainOptions options = plain_options(33, 1);
  options.weight_decay = 0.1;
  options.max_norm = 1;
  const auto check = [&](const std::string& optimizer, int most_threads) {
    options.optimizer = optimizer;
    options.threads = 1;
    std::vector<int64_t> order(40);
    std::iota(order.begin(), order.end(), int64_t{0});
    const auto two_steps = [&](training::Engine& engine) {
      for (int64_t step = 1; step <= 2; ++step) {
        training::StepPlan plan;
        plan.rows = std::span<const int64_t>(order).subspan(step == 1 ? 0 : 33, step == 1 ? 33 : 7);
        plan.eta = 0.01;
        plan.step = step;
        engine.step(plan);
      }
      return engine.parameters();
    };
    Bench plain(prepared, problem, options);
    const auto reference = plain.reference();
    const std::vector<double> expected = two_steps(*reference);
    for (int threads = 1; threads <= most_threads; ++threads) {
      options.threads = threads;
      Bench bench(prepared, problem, options);
      const auto engine = bench.fast();
      EXPECT_TRUE(two_steps(*engine) == expected)
          << optimizer << ", " << threads << " threads, clip_norm " << options.clip_norm << ", l1 " << options.l1;
    }
  };
  for (const optim::Optimizer& optimizer : optim::elementwise_optimizers())  // block by block
    check(std::string(optimizer.info.name), every_optimizer_in_teams || optimizer.info.name == "adamw" ? 3 : 1);
  options.shards = 4;
  check("adamw", 2);
  options.shards = 1;
  options.l1 = options.l2 = 0.001;  // from here on the gradient is there before the update
  options.clip_value = 0.1;
  check("adamw", 3);
  options.clip_norm = 0.5;
  check("adamw", 3);
}

TEST(EarlyUpdate, GivesTheBitsOfThePlainReference) { gives_the_bits_of_the_plain_reference({1025, 1030, 6}, false); }

TEST(EarlyUpdate, OfMiddleLayersInATeam) { gives_the_bits_of_the_plain_reference({115, 150, 6}, true); }

// Eight runs of inputs: of nine threads the first has none of them, and a bias belongs to the one that summed it.
TEST(EarlyUpdate, MoreThreadsThanRunsOfInputs) {
  const Problem problem = make_problem(Task::regression, 8, 5, 1, true);
  NetworkOptions network;
  network.hidden = {64, 16384};
  const Prepared prepared = make_network(problem.spec, problem.data, network);
  std::vector<int64_t> order(8);
  std::iota(order.begin(), order.end(), int64_t{0});
  std::vector<double> expected;
  for (const int threads : {1, 9}) {
    TrainOptions options = plain_options(8, 1);
    options.threads = threads;
    Bench bench(prepared, problem, options);
    const auto engine = bench.fast();
    for (int64_t step = 1; step <= 2; ++step) {
      training::StepPlan plan;
      plan.rows = order;
      plan.eta = 1e-5;
      plan.step = step;
      engine->step(plan);
    }
    if (threads == 1)
      EXPECT_TRUE(std::isfinite((expected = engine->parameters()).back()));
    else
      EXPECT_TRUE(engine->parameters() == expected);
  }
}

}  // namespace
}  // namespace retrograd
