// Weights and biases fitted to the training data, and the quantiles that robust scaling reads.
#include "train/prepare/fit_initial.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/thread_team.hpp"
#include "plan/executor.hpp"
#include "retrograd/panel.hpp"
#include "train/engine/gather.hpp"
#include "train/prepare/initial.hpp"
#include "train/prepare/quartiles.hpp"
#include "train/problems.hpp"

namespace retrograd::training {
namespace {

using namespace testing_train;

Prepared fitted_network(const Problem& problem) {
  NetworkOptions options;
  options.hidden = {20, 12};
  options.activation = "mish";
  options.dropout = 0;
  options.initializer = "data";
  return make_network(problem.spec, problem.data, options);
}

TEST(FitInitial, EveryUnitHasVarianceOneAndItsZeroAmongTheData) {
  const Problem problem = make_problem(Task::regression, 500, 5, 1, false);
  const Prepared prepared = fitted_network(problem);
  const graph::ForwardProgram program = graph::compile(prepared.network);
  std::vector<double> values = initial_parameters(program, prepared, {});
  fit_initial(program, prepared, problem.data, 1, values);

  std::vector<float> floats(values.begin(), values.end());
  const graph::ReverseProgram reverse = graph::reverse(program);
  plan::Executor executor(program, &reverse, 500);  // which keeps all values
  executor.bind(floats.data(), nullptr);
  gather(problem.data.inputs[0], nullptr, 0, {0, panels_of(500)}, 500, executor.value(program.inputs[0]));
  executor.infer(500, plan::Need::prediction);
  int units = 0;
  for (const char* name : {"z1", "z2", "z3"}) {
    const int id = program.value(name);
    const int features = program.values[static_cast<size_t>(id)].features;
    for (int j = 0; j < features; ++j, ++units) {
      double mean = 0, square = 0;
      float low = std::numeric_limits<float>::infinity(), high = -low;
      for (int64_t n = 0; n < 500; ++n) {
        const float z = executor.value(id)[panel_at(n, j, features)];
        mean += static_cast<double>(z) / 500;
        square += static_cast<double>(z) * static_cast<double>(z) / 500;
        low = std::min(low, z);
        high = std::max(high, z);
      }
      EXPECT_NEAR(square - mean * mean, 1, 1e-4) << name << " unit " << j;
      EXPECT_LT(low, 0) << name << " unit " << j;
      EXPECT_GT(high, 0) << name << " unit " << j;
    }
  }
  EXPECT_EQ(units, 33);
}

TEST(FitInitial, MembersThatShareWeightsHaveVarianceOneTogetherAndEachItsZeros) {
  const Problem problem = make_problem(Task::regression, 500, 5, 1, false);
  NetworkOptions options;
  options.hidden = {20, 12};
  options.dropout = 0;
  options.initializer = "data";
  options.members = 3;
  options.share_weights = true;
  const Prepared prepared = make_network(problem.spec, problem.data, options);
  const graph::ForwardProgram program = graph::compile(prepared.network);
  std::vector<double> values = initial_parameters(program, prepared, {});
  fit_initial(program, prepared, problem.data, 1, values);
  std::vector<float> floats(values.begin(), values.end());
  const graph::ReverseProgram reverse = graph::reverse(program);
  plan::Executor executor(program, &reverse, 500);  // which keeps all values
  executor.bind(floats.data(), nullptr);
  gather(problem.data.inputs[0], nullptr, 0, {0, panels_of(500)}, 500, executor.value(program.inputs[0]));
  executor.infer(500, plan::Need::prediction);
  for (const auto& [name, units] : {std::pair("w1", 20), std::pair("w2", 12)}) {
    for (int j = 0; j < units; ++j) {
      double mean = 0, square = 0;
      for (int unit = j; unit < 3 * units; unit += units)
        for (int64_t n = 0; n < 500; ++n) {
          const double z = executor.value(program.value(name))[panel_at(n, unit, 3 * units)];
          mean += z / 1500;
          square += z * z / 1500;
        }
      EXPECT_NEAR(square - mean * mean, 1, 1e-4) << name << " unit " << j;
    }
  }
  for (const auto& [name, units] : {std::pair("z1", 60), std::pair("z2", 36), std::pair("heads", 3)}) {
    for (int j = 0; j < units; ++j) {
      float low = std::numeric_limits<float>::infinity(), high = -low;
      for (int64_t n = 0; n < 500; ++n) {
        const float z = executor.value(program.value(name))[panel_at(n, j, units)];
        low = std::min(low, z);
        high = std::max(high, z);
      }
      EXPECT_LT(low, 0) << name << " unit " << j;
      EXPECT_GT(high, 0) << name << " unit " << j;
    }
  }
}

TEST(FitInitial, LeavesGivenNumbersAndOtherInitialisersAlone) {
  const Problem problem = make_problem(Task::regression, 100, 5, 1, false);
  Prepared prepared = fitted_network(problem);
  prepared.constants["W2"] = std::vector<double>(240, 0.25);
  const graph::ForwardProgram program = graph::compile(prepared.network);
  const std::vector<double> before = initial_parameters(program, prepared, {});
  std::vector<double> after = before;
  fit_initial(program, prepared, problem.data, 1, after);
  for (const graph::Parameter& p : program.parameters) {
    const auto at = static_cast<std::ptrdiff_t>(p.offset), size = static_cast<std::ptrdiff_t>(p.size());
    const bool same = std::equal(before.begin() + at, before.begin() + at + size, after.begin() + at);
    const bool fits = p.name == "W1" || p.name == "b1" || p.name == "W3" || p.name == "b3";
    EXPECT_EQ(same, !fits) << p.name;
  }
  prepared.network.layers.clear();
  NetworkOptions plain;
  const Prepared other = make_network(problem.spec, problem.data, plain);
  const graph::ForwardProgram plain_program = graph::compile(other.network);
  std::vector<double> values = initial_parameters(plain_program, other, {}), kept = values;
  fit_initial(plain_program, other, problem.data, 1, values);
  EXPECT_EQ(values, kept);
}

TEST(FitInitial, AUnitThatDoesNotVaryKeepsItsWeights) {
  Problem problem = make_problem(Task::regression, 50, 2, 1, false);
  problem.data.inputs[0] = {"x", 2, std::vector<float>(100, 0.0f)};
  const Prepared prepared = fitted_network(problem);
  const graph::ForwardProgram program = graph::compile(prepared.network);
  std::vector<double> values = initial_parameters(program, prepared, {});
  const std::vector<double> before = values;
  fit_initial(program, prepared, problem.data, 1, values);
  const graph::Parameter& W = *program.parameter("W1");
  for (size_t i = W.offset; i < W.offset + W.size(); ++i) EXPECT_EQ(values[i], before[i]);
  for (const double v : values) EXPECT_TRUE(std::isfinite(v));
}

Block column(std::vector<float> values) { return {"numeric", 1, std::move(values)}; }

TEST(RobustScale, QuartilesByHand) {
  const float nan = std::nanf("");
  // 1 … 5: quartiles 2 and 4. Missing values do not count.
  const RobustScale even = robust_scale(column({5, nan, 1, 4, 2, 3, nan}));
  EXPECT_EQ(even.centre, std::vector<double>{3});
  EXPECT_EQ(even.scale, std::vector<double>{0.5});
  // Between two values: places 0.75, 1.5 and 2.25 of 0, 4, 8, 16.
  const RobustScale between = robust_scale(column({8, 0, 16, 4}));
  EXPECT_EQ(between.centre, std::vector<double>{6});
  EXPECT_EQ(between.scale, std::vector<double>{1.0 / 7});
  // Equal quartiles: the range; no range: nothing.
  EXPECT_EQ(robust_scale(column({1, 1, 1, 1, 1, 1, 1, 1, 9})).scale, std::vector<double>{0.25});
  EXPECT_EQ(robust_scale(column({7, 7, 7})).scale, std::vector<double>{0});
  const RobustScale none = robust_scale(column({nan, nan}));
  EXPECT_EQ(none.centre, std::vector<double>{0});
  EXPECT_EQ(none.scale, std::vector<double>{0});
}

TEST(RobustScale, OfOneHotColumnsIsThatOfTheirNumbers) {
  const std::vector<float> codes = {0, 1, 1, 2, 1, -1, 0, 1, 2, 1, 1};
  const RobustScale direct = robust_scale_of_one_hot({"categorical", 1, codes}, {3});
  ASSERT_EQ(direct.centre.size(), 3U);
  for (int k = 0; k < 3; ++k) {
    std::vector<float> ones;
    for (const float code : codes) ones.push_back(code == static_cast<float>(k) ? 1.0f : 0.0f);
    const RobustScale expected = robust_scale(column(ones));
    EXPECT_EQ(direct.centre[static_cast<size_t>(k)], expected.centre[0]) << k;
    EXPECT_EQ(direct.scale[static_cast<size_t>(k)], expected.scale[0]) << k;
  }
  // A column that is left out has no columns.
  EXPECT_TRUE(robust_scale_of_one_hot({"categorical", 1, codes}, {0}).centre.empty());
}

TEST(NormalQuantiles, TakeSharesOfTheRowsToThoseOfTheNormalDistribution) {
  // 300 rows: 10 knots, at the places 0, 33, 66, … of 0 … 299.
  std::vector<float> floats;
  for (int n = 0; n < 300; ++n) floats.push_back(static_cast<float>((n * 7) % 300));
  const QuantileMap map = normal_quantiles(column(floats));
  ASSERT_EQ(map.knots, 10);
  EXPECT_EQ(map.at[1], 33);
  EXPECT_EQ(map.at[9], 299);
  for (size_t k = 0; k < 10; ++k)
    EXPECT_NEAR(0.5 * std::erfc(-map.to[k] / std::sqrt(2.0)), (map.at[k] + 0.5) / 300, 1e-7) << k;
  EXPECT_EQ(map.slope[9], 0);
  // The line reaches the next knot from below, in float.
  for (size_t k = 0; k + 1 < 10; ++k) {
    const float end = std::fma(static_cast<float>(map.at[k + 1] - map.at[k]), static_cast<float>(map.slope[k]),
                               static_cast<float>(map.to[k]));
    EXPECT_LE(end, static_cast<float>(map.to[k + 1])) << k;
    EXPECT_NEAR(end, map.to[k + 1], 1e-5) << k;
  }
}

TEST(NormalQuantiles, OfEqualNumbersTakeTheMiddleShareAndOfOneNumberNothing) {
  // Eight of ten are 0: the share below it and half of its own are 4 of 10.
  const float nan = std::nanf("");
  const QuantileMap skewed = normal_quantiles(column({0, 0, 5, 0, 0, nan, 0, 0, 9, 0, 0}));
  ASSERT_EQ(skewed.knots, 3);
  EXPECT_EQ(skewed.at, (std::vector<double>{0, 5, 9}));
  EXPECT_NEAR(0.5 * std::erfc(-skewed.to[0] / std::sqrt(2.0)), 0.4, 1e-7);
  EXPECT_NEAR(0.5 * std::erfc(-skewed.to[2] / std::sqrt(2.0)), 0.95, 1e-7);
  for (const std::vector<float>& same : {std::vector<float>{7, 7, 7}, std::vector<float>{nan, nan}}) {
    const QuantileMap map = normal_quantiles(column(same));
    EXPECT_EQ(map.knots, 1);
    EXPECT_EQ(map.to, std::vector<double>{0});
    EXPECT_EQ(map.slope, std::vector<double>{0});
  }
}

TEST(Bins, LieBetweenQuantilesOfRowsAndOfDistinctValues) {
  // Nine rows, most of them 0: the quantiles of the rows see nothing else, those of the distinct values see the rest.
  const float nan = std::nanf("");
  const float values[] = {0, 0, 0, 0, 0, 0, 10, 30, 90};
  std::vector<float> floats;
  for (const float v : values) floats.insert(floats.end(), {v, v > 0 ? 1.0f : 0.0f, v > 10 ? v : nan});
  const Block numbers = {"numeric", 3, floats};
  const Bins made = bins(numbers, 2);
  // Rows: 0, 0, 90; distinct: 0, 10 (place 3·1/2 = 1), 90. Two distinct values: no bins.
  EXPECT_EQ(made.sizes, (std::vector<int>{2, 0, 0}));
  EXPECT_EQ(made.low, (std::vector<double>{0, 10}));
  EXPECT_EQ(made.scale, (std::vector<double>{0.1, 1.0 / 80}));
  // How far the rows fill the second bin: 0 seven times, 1/4, 1: equal quartiles, so the range counts.
  EXPECT_EQ(made.filled.centre, (std::vector<double>{0, 0}));
  EXPECT_EQ(made.filled.scale[1], 2);
}

TEST(Bins, OnlyOfColumnsWhoseQuartilesAreEqual) {
  std::vector<float> floats;  // 0 in seven rows of nine; in five, so that the upper quartile lies at 20; each once
  for (int n = 0; n < 9; ++n)
    floats.insert(floats.end(), {n < 7 ? 0.0f : 10.0f * static_cast<float>(n),
                                 n < 5 ? 0.0f : 10.0f * static_cast<float>(n - 4), static_cast<float>(n)});
  const Block numbers = {"numeric", 3, floats};
  const Bins all = bins(numbers, 2), tied = bins(numbers, 2, /*only_tied=*/true);
  EXPECT_EQ(all.sizes, (std::vector<int>{2, 2, 2}));
  EXPECT_EQ(tied.sizes, (std::vector<int>{2, 0, 0}));
  EXPECT_EQ(tied.low, (std::vector<double>{0, 70}));
}

}  // namespace
}  // namespace retrograd::training
