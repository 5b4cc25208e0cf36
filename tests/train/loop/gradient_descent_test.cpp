// The mathematics of training, held against loops written by hand and against identities of the weighted total loss.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>

#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

/// No preprocessing: the network reads the data as they are.
Prepared bare(Network network) {
  Prepared prepared;
  prepared.network = std::move(network);
  return prepared;
}

Network tanh_221() {
  Network net;
  net.input("x", 2).linear(2).activation("tanh").linear(1).loss("squared").target(1);
  return net;
}

/// z = tanh(x·W1 + b1)·W2 + b2, l = (z − y)²/2 or (z − y)², one array a parameter, one statement a derivative.
struct ByHand {
  double w1[2][2], b1[2], w2[2], b2;
  double factor;  ///< of the loss: l = factor·(z − y)²

  double output(const double* x, double* a) const {
    double z = b2;
    for (int j = 0; j < 2; ++j) {
      a[j] = std::tanh(x[0] * w1[0][j] + x[1] * w1[1][j] + b1[j]);
      z += a[j] * w2[j];
    }
    return z;
  }

  /// One step along the gradient of (Σ w_n·l_n)/(Σ w_n); returns that loss before the step.
  double step(const Dataset& data, double eta) {
    double g1[2][2] = {}, gb1[2] = {}, g2[2] = {}, gb2 = 0, total = 0, weight = 0;
    for (int64_t n = 0; n < data.rows; ++n) {
      const double x[2] = {data.inputs[0].at(n, 0), data.inputs[0].at(n, 1)};
      const double w = data.weight.empty() ? 1.0 : static_cast<double>(data.weight.at(n, 0));
      double a[2];
      const double e = output(x, a) - static_cast<double>(data.target.at(n, 0));
      total += w * factor * e * e;
      weight += w;
      const double delta2 = 2 * factor * w * e;
      gb2 += delta2;
      for (int j = 0; j < 2; ++j) {
        g2[j] += delta2 * a[j];
        const double delta1 = delta2 * w2[j] * (1 - a[j] * a[j]);
        gb1[j] += delta1;
        for (int i = 0; i < 2; ++i) g1[i][j] += delta1 * x[i];
      }
    }
    for (int j = 0; j < 2; ++j) {
      for (int i = 0; i < 2; ++i) w1[i][j] -= eta * g1[i][j] / weight;
      b1[j] -= eta * gb1[j] / weight;
      w2[j] -= eta * g2[j] / weight;
    }
    b2 -= eta * gb2 / weight;
    return total / weight;
  }
};

TEST(GradientDescent, FollowsTheHandWrittenLoopStepByStep) {
  for (const bool weighted : {false, true}) {
    const Problem problem = make_problem(Task::regression, 23, 2, 1, weighted);
    TrainOptions options = plain_options(-1, 1);
    options.precision = Precision::float64;
    const Prepared prepared = bare(tanh_221());
    Bench bench(prepared, problem, options);
    const auto engine = bench.reference();
    ByHand hand{};
    hand.factor = 0.5;  // squared: ½(z − y)²
    const std::vector<double> start = bench.initial();
    const auto place = [&](const char* name) { return bench.program.parameter(name)->offset; };
    for (size_t i = 0; i < 2; ++i) {
      for (size_t j = 0; j < 2; ++j) hand.w1[i][j] = start[place("W1") + 2 * i + j];
      hand.b1[i] = start[place("b1") + i];
      hand.w2[i] = start[place("W2") + i];
    }
    hand.b2 = start[place("b2")];
    EXPECT_NE(hand.w1[0][1], hand.w1[1][0]);

    std::vector<int64_t> order(static_cast<size_t>(problem.data.rows));
    std::iota(order.begin(), order.end(), int64_t{0});
    double first = 0, last = 0;
    for (int64_t step = 1; step <= 60; ++step) {
      training::StepPlan plan;
      plan.rows = order;
      plan.eta = 0.05;
      plan.step = step;
      const training::StepResult found = engine->step(plan);
      last = hand.step(problem.data, 0.05);
      if (step == 1) first = last;
      ASSERT_NEAR(found.loss / found.weight, last, 1e-12 * first) << "step " << step;
      const std::vector<double> theta = engine->parameters();
      for (size_t i = 0; i < 2; ++i) {
        for (size_t j = 0; j < 2; ++j) ASSERT_NEAR(theta[place("W1") + 2 * i + j], hand.w1[i][j], 1e-12);
        ASSERT_NEAR(theta[place("b1") + i], hand.b1[i], 1e-12);
        ASSERT_NEAR(theta[place("W2") + i], hand.w2[i], 1e-12);
      }
      ASSERT_NEAR(theta[place("b2")], hand.b2, 1e-12);
    }
    EXPECT_LT(last, 0.5 * first);  // and it descends
  }
}

struct Scene {
  Problem problem;
  Prepared prepared;
};

Scene classifier(int64_t rows, bool weighted, uint64_t seed = 3) {
  Network net;
  net.input("x", 5).linear(7).activation("tanh").linear(3).loss("softmax_xent");
  return {make_problem(Task::classification, rows, 5, 3, weighted, seed), bare(net)};
}

Model trained(const Scene& s, const Dataset& data, const TrainOptions& options) {
  return train(s.prepared, s.problem.spec, data, nullptr, options).model;
}

TrainOptions exact(int64_t batch = -1, int epochs = 20) {
  TrainOptions options = plain_options(batch, epochs);
  options.precision = Precision::float64;
  return options;
}

double largest_difference(const Model& a, const Model& b) {
  double worst = 0;
  for (const graph::Parameter& p : a.program().parameters) {
    const std::vector<double> left = a.parameter(p.name), right = b.parameter(p.name);
    for (size_t i = 0; i < left.size(); ++i)
      if (const double d = std::abs(left[i] - right[i]); !(d <= worst)) worst = d;
  }
  return worst;
}

/// The same data with these weights.
Dataset weighing(Dataset data, const std::vector<float>& weights) {
  data.weight = {"weight", 1, weights};
  return data;
}

TEST(TotalLoss, RowsOfWeightTwoAreRowsGivenTwice) {
  const Scene s = classifier(40, false);
  std::vector<float> weights;
  std::vector<int64_t> twice;
  for (int64_t n = 0; n < 40; ++n) {
    weights.push_back(n % 3 == 0 ? 2.0f : 1.0f);
    twice.push_back(n);
    if (n % 3 == 0) twice.push_back(n);
  }
  const Dataset heavy = weighing(s.problem.data, weights), repeated = take(s.problem.data, twice);
  EXPECT_LE(largest_difference(trained(s, heavy, exact()), trained(s, repeated, exact())), 1e-12);
  EXPECT_GT(largest_difference(trained(s, heavy, exact()), trained(s, s.problem.data, exact())), 1e-3);
  EXPECT_LE(largest_difference(trained(s, heavy, plain_options(-1, 20)), trained(s, repeated, plain_options(-1, 20))),
            1e-5);
  // And they are so in what is reported.
  const Model model = trained(s, heavy, exact());
  EXPECT_NEAR(model.loss(heavy).total, model.loss(repeated).total, 1e-12 * model.loss(heavy).total);
  EXPECT_EQ(model.loss(heavy).weight, model.loss(repeated).weight);
}

TEST(TotalLoss, RowsOfWeightZeroChangeNotABit) {
  const Scene s = classifier(90, false);
  std::vector<float> weights;
  std::vector<int64_t> kept;
  for (int64_t n = 0; n < 90; ++n) {
    weights.push_back(n % 4 == 1 ? 0.0f : 1.5f);
    if (n % 4 != 1) kept.push_back(n);
  }
  const Dataset with = weighing(s.problem.data, weights), without = take(with, kept);
  ASSERT_LT(without.rows, with.rows);
  for (const TrainOptions& options : {exact(), plain_options(-1, 20)})
    EXPECT_EQ(trained(s, with, options).fingerprint(), trained(s, without, options).fingerprint());
}

TEST(TotalLoss, ABatchOfWeightZeroLeavesTheModel) {
  const Scene s = classifier(8, false);
  for (const Reduction reduction : {Reduction::mean, Reduction::sum}) {
    std::vector<float> weights(8, 0.0f);  // of two batches one has a row that weighs something
    weights[5] = 1;
    TrainOptions options = plain_options(4, 1);
    options.reduction = reduction;
    const Model model = trained(s, weighing(s.problem.data, weights), options);
    options.batch = 8;
    EXPECT_EQ(model.parameters_f32(), trained(s, weighing(s.problem.data, weights), options).parameters_f32());
    EXPECT_GT(largest_difference(model, trained(s, s.problem.data, options)), 1e-4) << "it learns from that row";
  }
}

TEST(TotalLoss, ScalingEveryWeightChangesNothingOfTheMean) {
  const Scene s = classifier(50, true);
  std::vector<float> weights, eight;
  for (int64_t n = 0; n < 50; ++n) {
    weights.push_back(s.problem.data.weight.at(n, 0));
    eight.push_back(8 * weights.back());
  }
  EXPECT_LE(largest_difference(trained(s, weighing(s.problem.data, weights), exact(16)),
                               trained(s, weighing(s.problem.data, eight), exact(16))),
            1e-12);
}

TEST(TotalLoss, SumWithEtaOverNIsTheMeanWithEta) {
  for (const bool weighted : {false, true}) {
    const Scene s = classifier(64, weighted);
    double weight = 0;
    for (int64_t n = 0; n < 64; ++n) weight += weighted ? static_cast<double>(s.problem.data.weight.at(n, 0)) : 1.0;
    TrainOptions mean = exact(), sum = exact();
    mean.l2 = 0.01;
    mean.l1 = 0.001;
    sum.reduction = Reduction::sum;
    sum.learning_rate = mean.learning_rate / weight;
    sum.l2 = mean.l2 * weight;
    sum.l1 = mean.l1 * weight;
    EXPECT_LE(largest_difference(trained(s, s.problem.data, mean), trained(s, s.problem.data, sum)), 1e-12);
    sum.learning_rate = mean.learning_rate / 60;
    EXPECT_GT(largest_difference(trained(s, s.problem.data, mean), trained(s, s.problem.data, sum)), 1e-4);
  }
}

TEST(TotalLoss, OrderOfRowsDoesNotMatterToTheFullBatch) {
  const Scene s = classifier(70, true);
  std::vector<int64_t> back(70);
  std::iota(back.begin(), back.end(), int64_t{0});
  std::reverse(back.begin(), back.end());
  const Dataset reversed = take(s.problem.data, back);
  EXPECT_LE(largest_difference(trained(s, s.problem.data, exact()), trained(s, reversed, exact())), 1e-12);
  EXPECT_LE(largest_difference(trained(s, s.problem.data, plain_options(-1, 20)),
                               trained(s, reversed, plain_options(-1, 20))),
            1e-5);
}

/// Weights of class c become w·(Σ all)/(K·Σ of class c).
TEST(BalancedClasses, AreTheWeightsThatMakeClassesEqual) {
  for (const bool weighted : {false, true}) {
    const Scene s = classifier(60, weighted);
    const Dataset& data = s.problem.data;
    double of_class[3] = {}, all = 0;
    const auto weight = [&](int64_t n) { return weighted ? static_cast<double>(data.weight.at(n, 0)) : 1.0; };
    for (int64_t n = 0; n < 60; ++n) {
      of_class[static_cast<int>(data.target.at(n, 0))] += weight(n);
      all += weight(n);
    }
    ASSERT_NE(of_class[0], of_class[1]);
    std::vector<float> weights;
    double balanced[3] = {};
    for (int64_t n = 0; n < 60; ++n) {
      const int c = static_cast<int>(data.target.at(n, 0));
      weights.push_back(static_cast<float>(weight(n) * all / (3 * of_class[c])));
      balanced[c] += static_cast<double>(weights.back());
    }
    EXPECT_NEAR(balanced[0], balanced[2], 1e-5);
    TrainOptions options = plain_options(16, 5), asked = options;
    asked.balanced_classes = true;
    EXPECT_EQ(trained(s, data, asked).fingerprint(), trained(s, weighing(data, weights), options).fingerprint());
    EXPECT_NE(trained(s, data, asked).fingerprint(), trained(s, data, options).fingerprint());
  }
}

TEST(BalancedClasses, AClassWithoutRowsOrWithoutWeightIsLeftOut) {
  const Scene s = classifier(60, false);
  // Class 2 weighs nothing; the other two must count the same, with mean weight 1 over what counts.
  std::vector<float> weights;
  std::vector<int64_t> kept;
  for (int64_t n = 0; n < 60; ++n) {
    const bool out = s.problem.data.target.at(n, 0) == 2;
    weights.push_back(out ? 0.0f : 1.0f);
    if (!out) kept.push_back(n);
  }
  ASSERT_LT(kept.size(), 60u);
  TrainOptions options = plain_options(-1, 5);
  options.balanced_classes = true;
  const Dataset weightless = weighing(s.problem.data, weights), absent = take(s.problem.data, kept);
  EXPECT_EQ(trained(s, weightless, options).fingerprint(), trained(s, absent, options).fingerprint());
  options.reduction = Reduction::sum;  // here the sum of the weights shows: it is that of the rows
  options.learning_rate = 0.001;
  TrainOptions mean = options;
  mean.reduction = Reduction::mean;
  mean.learning_rate = options.learning_rate * static_cast<double>(kept.size());
  EXPECT_LE(largest_difference(trained(s, absent, options), trained(s, absent, mean)), 1e-6);
}

TEST(BalancedClasses, NeedClasses) {
  TrainOptions options = plain_options(-1, 1);
  options.balanced_classes = true;
  for (const Task task : {Task::regression, Task::multilabel}) {
    const Problem problem = make_problem(task, 20, 4, 2, false);
    const Prepared prepared = make_network(problem.spec, problem.data, {});
    expect_mentions(message_of([&] { train(prepared, problem.spec, problem.data, nullptr, options); }),
                    {"balanced", "classification", std::string(to_string(task))});
  }
}

TEST(ClassWeights, MultiplyTheRowsOfTheirClass) {
  const Scene s = classifier(60, true);
  const std::string name = s.problem.spec.classes().at(1);
  std::vector<float> weights;
  for (int64_t n = 0; n < 60; ++n)
    weights.push_back(s.problem.data.weight.at(n, 0) * (s.problem.data.target.at(n, 0) == 1 ? 2.5f : 1.0f));
  TrainOptions options = plain_options(16, 5), asked = options;
  asked.class_weights = {{name, 2.5}};
  EXPECT_EQ(trained(s, s.problem.data, asked).fingerprint(),
            trained(s, weighing(s.problem.data, weights), options).fingerprint());
  EXPECT_NE(trained(s, s.problem.data, asked).fingerprint(), trained(s, s.problem.data, options).fingerprint());
  asked.class_weights = {{"nobody", 2.0}};
  expect_mentions(message_of([&] { trained(s, s.problem.data, asked); }), {"'nobody'", name});
  asked.class_weights = {{name, -1.0}};
  expect_mentions(message_of([&] { trained(s, s.problem.data, asked); }), {name, "-1", "at least 0"});
}

}  // namespace
}  // namespace retrograd
