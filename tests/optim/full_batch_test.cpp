// L-BFGS, its line search, Levenberg–Marquardt and Cholesky on functions whose minimum is known.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "optim/lbfgs/lbfgs.hpp"
#include "optim/lbfgs/line_search.hpp"
#include "optim/lm/cholesky.hpp"
#include "optim/lm/lm.hpp"

namespace retrograd::optim {
namespace {

class Function : public LeastSquares {
 public:
  using F = std::function<double(std::span<const double>, std::span<double>)>;
  using H = std::function<void(std::span<const double>, std::span<double>)>;
  explicit Function(F f, H h = {}) : f_(std::move(f)), h_(std::move(h)) {}
  double evaluate(std::span<const double> theta, std::span<double> gradient) override {
    ++evaluations;
    return f_(theta, gradient);
  }
  void normal_matrix(std::span<const double> theta, std::span<double> matrix) override { h_(theta, matrix); }
  int evaluations = 0;

 private:
  F f_;
  H h_;
};

Point start(Function& f, std::vector<double> theta) {
  Point at{std::move(theta), {}, 0};
  at.gradient.resize(at.theta.size());
  at.value = f.evaluate(at.theta, at.gradient);
  return at;
}

/// ½·Σ i·(θ_i − 1)², condition number n.
Function bowl() {
  return Function([](std::span<const double> t, std::span<double> g) {
    double value = 0;
    for (size_t i = 0; i < t.size(); ++i) {
      const double stiffness = static_cast<double>(i + 1), e = t[i] - 1;
      g[i] = stiffness * e;
      value += 0.5 * stiffness * e * e;
    }
    return value;
  });
}

/// Residuals 10(y − x²) and 1 − x.
Function rosenbrock() {
  return Function(
      [](std::span<const double> t, std::span<double> g) {
        const double a = 10 * (t[1] - t[0] * t[0]), b = 1 - t[0];
        g[0] = -20 * t[0] * a - b;
        g[1] = 10 * a;
        return 0.5 * (a * a + b * b);
      },
      [](std::span<const double> t, std::span<double> h) {
        h[0] = 400 * t[0] * t[0] + 1;
        h[1] = -200 * t[0];
        h[3] = 100;
      });
}

struct Outcome {
  Point at;
  int iterations = 0;
  std::string ended;
};

Outcome lbfgs(Function& f, std::vector<double> theta, int limit, size_t memory = 10) {
  Outcome run{start(f, std::move(theta)), 0, {}};
  std::vector<std::vector<double>> slots(2 * memory, std::vector<double>(run.at.theta.size()));
  std::vector<Lbfgs::Pair> pairs;
  for (size_t k = 0; k < memory; ++k) pairs.push_back({slots[2 * k], slots[2 * k + 1]});
  const std::vector<double> attributes = {static_cast<double>(memory), 1e-8};
  while (run.iterations < limit && run.ended.empty()) {
    const double before = run.at.value;
    run.ended = Lbfgs::iterate(f, run.at, pairs, attributes).ended;
    EXPECT_LE(run.at.value, before);
    run.iterations += run.ended.empty();
  }
  return run;
}

Outcome lm(Function& f, std::vector<double> theta, int limit) {
  Outcome run{start(f, std::move(theta)), 0, {}};
  std::vector<double> work(2 * run.at.theta.size() * run.at.theta.size());
  double mu = 0;
  ThreadTeam team(2);
  while (run.iterations < limit && run.ended.empty()) {
    const double before = run.at.value;
    run.ended = LevenbergMarquardt::iterate(f, run.at, mu, work, std::vector<double>{1e-3, 1e-10}, team).ended;
    EXPECT_LE(run.at.value, before);
    run.iterations += run.ended.empty();
  }
  return run;
}

TEST(Lbfgs, AQuadraticTakesFewIterations) {
  Function f = bowl();
  const Outcome run = lbfgs(f, std::vector<double>(30, -2), 100);
  EXPECT_NE(run.ended.find("within the tolerance"), std::string::npos) << run.ended;
  for (const double t : run.at.theta) EXPECT_NEAR(t, 1, 1e-7);
  // Gradient descent with the best constant step, 2/(1 + 30), needs ln(1e9)/ln(31/29) = 311.
  EXPECT_LT(run.iterations, 50);
  EXPECT_LT(f.evaluations, 60);
}

TEST(Lbfgs, CrossesRosenbrocksValley) {
  Function f = rosenbrock();
  const Outcome run = lbfgs(f, {-1.2, 1}, 100);
  EXPECT_NEAR(run.at.theta[0], 1, 1e-7);
  EXPECT_NEAR(run.at.theta[1], 1, 1e-7);
  EXPECT_LT(run.iterations, 60);
}

TEST(Lbfgs, MemoryHelps) {
  Function few = bowl(), many = bowl();
  const int with_one = lbfgs(few, std::vector<double>(30, -2), 400, 1).iterations;
  EXPECT_GT(with_one, lbfgs(many, std::vector<double>(30, -2), 400, 10).iterations);
}

TEST(Lbfgs, ValuesThatAreNotFiniteAreStepsTooFar) {
  Function f([](std::span<const double> t, std::span<double> g) {
    g[0] = 1 - 1 / t[0];
    return t[0] > 0 ? t[0] - std::log(t[0]) : std::numeric_limits<double>::quiet_NaN();
  });
  const Outcome run = lbfgs(f, {40}, 100);
  EXPECT_NEAR(run.at.theta[0], 1, 1e-7) << run.ended;
}

TEST(Lbfgs, EndsWhereNothingIsLower) {
  Function f([](std::span<const double> t, std::span<double> g) {  // a gradient that lies
    g[0] = 1;
    return std::fabs(t[0]);
  });
  const Outcome run = lbfgs(f, {0}, 5);
  EXPECT_EQ(run.iterations, 0);
  EXPECT_EQ(run.at.theta[0], 0);
  EXPECT_NE(run.ended.find("precision"), std::string::npos) << run.ended;
}

TEST(LineSearch, MeetsTheStrongWolfeConditions) {
  for (const double first : {1e-4, 0.01, 1.0, 37.0, 2000.0}) {
    Function f([](std::span<const double> t, std::span<double> g) {  // φ(α) = −α/(α² + 2), Moré & Thuente 1994, (5.1)
      const double a = t[0], d = a * a + 2;
      g[0] = (a * a - 2) / (d * d);
      return -a / d;
    });
    const Point at = start(f, {0});
    Point to;
    const SearchResult found = strong_wolfe(f, at, std::vector<double>{1}, first, to);
    ASSERT_TRUE(found.found);
    EXPECT_LE(to.value, at.value + 1e-4 * found.step * at.gradient[0]) << first;
    EXPECT_LE(std::fabs(to.gradient[0]), 0.9 * std::fabs(at.gradient[0])) << first;
    EXPECT_EQ(to.theta[0], found.step);
  }
}

TEST(LevenbergMarquardt, CrossesRosenbrocksValleyInAFewSteps) {
  Function f = rosenbrock();
  const Outcome run = lm(f, {-1.2, 1}, 60);
  EXPECT_NEAR(run.at.theta[0], 1, 1e-9);
  EXPECT_NEAR(run.at.theta[1], 1, 1e-9);
  EXPECT_LT(run.iterations, 30);
  EXPECT_NE(run.ended.find("within the tolerance"), std::string::npos) << run.ended;
}

std::vector<double> positive_definite(size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> B(n * n), A(n * n);
  for (double& v : B) v = normal(random);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      for (size_t k = 0; k < n; ++k) A[i * n + j] += B[i * n + k] * B[j * n + k];
      if (i == j) A[i * n + j] += 0.1;
    }
  return A;
}

TEST(Cholesky, SolvesWithTheSameBitsForAnyNumberOfThreads) {
  for (const size_t n : {1u, 2u, 15u, 16u, 17u, 31u, 32u, 33u, 131u, 300u}) {
    const std::vector<double> A = positive_definite(n, static_cast<unsigned>(n));
    std::vector<double> x(n), b(n);
    for (size_t i = 0; i < n; ++i) x[i] = std::sin(static_cast<double>(i + 1));
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) b[i] += A[i * n + j] * x[j];
    std::vector<double> first;
    for (const int threads : {1, 2, 3, 7}) {
      ThreadTeam team(threads);
      std::vector<double> upper = A, solution = b;
      for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < i; ++j) upper[i * n + j] = std::nan("");  // not read
      ASSERT_TRUE(cholesky_solve(team, upper, solution));
      for (size_t i = 0; i < n; ++i) EXPECT_NEAR(solution[i], x[i], 1e-7) << n << ", " << i;
      if (first.empty()) first = solution;
      EXPECT_EQ(solution, first) << threads;
    }
  }
}

TEST(Cholesky, RefusesWhatIsNotPositiveDefinite) {
  ThreadTeam team(2);
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    std::vector<double> A = positive_definite(70, 3), b(70, 1.0);
    A[40 * 70 + 40] = bad;
    EXPECT_FALSE(cholesky_solve(team, A, b)) << bad;
    EXPECT_EQ(b, std::vector<double>(70, 1.0));
  }
}

}  // namespace
}  // namespace retrograd::optim
