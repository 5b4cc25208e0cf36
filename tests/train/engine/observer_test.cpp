// Statistics of layers: against the plain reference in double, against what an update is, and of known activations.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "plan/reference_executor.hpp"
#include "train/engine/layer_statistics.hpp"
#include "train/engine/observer.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

double norm(const std::vector<double>& v, size_t begin, size_t end) {
  double sum = 0;
  for (size_t i = begin; i < end; ++i) sum += v[i] * v[i];
  return std::sqrt(sum);
}

TEST(Observer, AgreesWithTheReferenceAndWithTheUpdate) {
  const Problem problem = make_problem(Task::classification, 96, 5, 3, true);
  NetworkOptions n;
  n.hidden = {7, 6};
  n.activation = "tanh";
  n.dropout = 0;
  const Prepared prepared = make_network(problem.spec, problem.data, n);
  Bench bench(prepared, problem, plain_options(48, 1));
  const auto engine = bench.fast();
  training::Observer observer(bench.program, bench.reverse, bench.rows, bench.options);
  std::vector<int64_t> rows;
  for (int64_t k = 0; k < 45; ++k) rows.push_back(95 - 2 * k);
  const training::StepPlan plan{rows, 0.1, 1};
  ASSERT_TRUE(observer.due(1));
  const std::vector<double> before = engine->parameters();
  observer.before_step(*engine);
  const training::StepResult result = engine->step(plan);
  const std::vector<LayerStatistics> seen = observer.observe(plan, *engine);
  EXPECT_FALSE(observer.due(2));
  EXPECT_FALSE(observer.due(2048));
  EXPECT_TRUE(observer.due(2049));
  for (const int epoch : {2, 4, 256}) EXPECT_TRUE(observer.due(2, epoch)) << epoch;
  for (const int epoch : {3, 5, 12}) EXPECT_FALSE(observer.due(2, epoch)) << epoch;

  plan::ReferenceExecutor<double> plain(bench.program, &bench.reverse);
  plain.resize(45);
  for (size_t k = 0; k < rows.size(); ++k) {
    for (int c = 0; c < 5; ++c)
      plain.value(bench.program.inputs[0])[k * 5 + static_cast<size_t>(c)] =
          static_cast<double>(problem.data.inputs[0].at(rows[k], c));
    plain.value(bench.program.target)[k] = static_cast<double>(problem.data.target.at(rows[k], 0));
    plain.weights()[k] = static_cast<double>(bench.rows.weight(rows[k]));
  }
  std::vector<double> parameters = before, gradients(bench.program.trained_size);
  plain.forward(parameters.data(), true, bench.options.seed, 1);
  plain.backward(parameters.data(), gradients.data(), 1.0);

  const auto plans = training::layer_plans(bench.program, bench.reverse);
  ASSERT_EQ(seen.size(), 3u);
  ASSERT_EQ(plans.size(), 3u);
  for (size_t k = 0; k < 3; ++k) {
    const graph::Parameter& W = bench.program.parameters[static_cast<size_t>(plans[k].weight)];
    const double dW = norm(gradients, W.offset, W.offset + W.size()) / result.weight;
    const auto& delta = plain.gradient(plans[k].delta);
    EXPECT_NEAR(seen[k].dW, dW, 1e-5 * dW) << seen[k].layer;
    EXPECT_NEAR(seen[k].delta, norm(delta, 0, delta.size()) / std::sqrt(45.0), 1e-5 * seen[k].delta);
    // Plain gradient descent: ΔW = −η·dW.
    EXPECT_NEAR(seen[k].update_ratio * seen[k].W, plan.eta * dW, 1e-4 * plan.eta * dW);
    EXPECT_EQ(seen[k].share_dead, 0);
  }
  // The product of the two factors leads from a layer's δ to the one below.
  for (size_t k = 0; k + 1 < 3; ++k)
    EXPECT_NEAR(seen[k].delta, seen[k + 1].delta * seen[k + 1].wires * seen[k].amplifiers, 1e-4 * seen[k].delta);
  EXPECT_EQ(seen[2].amplifiers, 1);
}

TEST(Observer, BetweenTakesFewerRowsAndPutsOffNothing) {
  const Problem problem = make_problem(Task::classification, 128, 5, 3, true);
  NetworkOptions n;
  n.hidden = {7};
  n.dropout = 0;
  const Prepared prepared = make_network(problem.spec, problem.data, n);
  Bench bench(prepared, problem, plain_options(128, 1));
  const auto engine = bench.fast();
  training::Observer observer(bench.program, bench.reverse, bench.rows, bench.options);
  std::vector<int64_t> rows(128), first(training::kObservedBetween);
  std::iota(rows.begin(), rows.end(), 0);
  std::iota(first.begin(), first.end(), 0);
  const auto observe = [&](training::Observer& by, std::span<const int64_t> of, int64_t step) {
    by.before_step(*engine);
    return by.observe({of, 0, step}, *engine);  // a step that moves nothing
  };
  observe(observer, rows, 1);
  const std::vector<LayerStatistics> between = observe(observer, rows, 5);
  EXPECT_TRUE(observer.due(2049));
  training::Observer other(bench.program, bench.reverse, bench.rows, bench.options);
  const std::vector<LayerStatistics> expected = observe(other, first, 1);
  const std::vector<LayerStatistics> whole = observe(other, rows, 2049);
  ASSERT_EQ(between.size(), 2u);
  for (size_t k = 0; k < 2; ++k) {
    EXPECT_EQ(between[k].delta, expected[k].delta);
    EXPECT_EQ(between[k].gain_median, expected[k].gain_median);
    EXPECT_NE(between[k].delta, whole[k].delta);
  }
}

TEST(LayerStatistics, KnownActivations) {
  const auto shape_of = [](const std::string& type) {
    Network net;
    net.input("x", 2).linear(3).activation(type).linear(1).loss("squared").target(1);
    const graph::ForwardProgram program = graph::compile(net);
    return training::activation_shape(program.equations[1]);
  };
  const training::ActivationShape sigmoid = shape_of("sigmoid"), relu = shape_of("relu"),
                                  leaky = shape_of("leaky_relu");
  EXPECT_NEAR(sigmoid.largest, 0.25, 1e-12);
  EXPECT_TRUE(sigmoid.flat_below && sigmoid.flat_above);
  EXPECT_NEAR(sigmoid.most - sigmoid.least, 1, 1e-12);
  EXPECT_TRUE(relu.flat_below && !relu.flat_above);
  EXPECT_EQ(relu.least, 0);
  EXPECT_FALSE(leaky.flat_below || leaky.flat_above);
  EXPECT_TRUE(shape_of("tanh").flat_above);
  EXPECT_FALSE(shape_of("softplus").flat_above);
}

TEST(LayerStatistics, DeadUnitsAreThoseWithoutGainOnEveryRow) {
  const training::ActivationShape shape{.largest = 1};
  // Unit 1 is dead; unit 3 is alive on the last row alone.
  const std::vector<double> gains = {1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1};
  EXPECT_EQ(training::dead_units(gains, 3, shape), std::vector<int>{1});
}

}  // namespace
}  // namespace retrograd
