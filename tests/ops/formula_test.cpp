// Formulas: values, derivatives against central differences and closed forms, and the simplifications that readers see.
#include "retrograd/formula.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "retrograd/error.hpp"

namespace retrograd::formula {
namespace {

using Indices = std::map<std::string, int, std::less<>>;
using Tables = std::map<std::string, std::vector<double>, std::less<>>;

/// Values of symbols from tables; a second index counts rows of `columns` numbers.
struct World {
  Tables tables;
  Indices ranges;
  int columns = 1;

  double operator()(const Expr& e, Indices indices = {}) const {
    Environment environment;
    environment.value = [this](std::string_view name, std::span<const int> at) {
      const std::vector<double>& table = tables.find(name)->second;
      if (at.empty()) return table.at(0);
      return table.at(static_cast<size_t>(at.size() == 1 ? at[0] : at[0] * columns + at[1]));
    };
    environment.ranges = ranges;
    environment.indices = std::move(indices);
    return evaluate(e, environment);
  }
};

/// Central difference of fourth order of `e` by one number of a table.
double difference(const Expr& e, const World& world, const std::string& table, size_t at, const Indices& indices = {}) {
  World moved = world;
  double& x = moved.tables[table][at];
  const double x0 = x, h = 1e-4 * std::max(1.0, std::abs(x0));
  const auto f = [&](double step) {
    x = x0 + step;
    return moved(e, indices);
  };
  return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
}

bool close(double a, double b, double relative) {
  return std::abs(a - b) <= relative * std::max({1.0, std::abs(a), std::abs(b)});
}

const Expr x = symbol("x");

struct Case {
  std::string name;
  Expr f;
  std::vector<double> at;
  double (*closed)(double);
};

const double kRootPi = std::sqrt(std::numbers::pi);

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"exp", exp(x), {-3, 0, 1.5}, [](double v) { return std::exp(v); }},
      {"log", log(x), {0.3, 1, 7}, [](double v) { return 1 / v; }},
      {"log1p", log1p(x), {-0.5, 0, 7}, [](double v) { return 1 / (1 + v); }},
      {"tanh", tanh(x), {-2, 0, 0.7, 15}, [](double v) { return 1 / (std::cosh(v) * std::cosh(v)); }},
      {"sigmoid", sigmoid(x), {-40, -2, 0, 3, 40}, [](double v) { return 1 / (2 + std::exp(v) + std::exp(-v)); }},
      {"erf", erf(x), {-1.5, 0, 0.4}, [](double v) { return 2 / kRootPi * std::exp(-v * v); }},
      {"sqrt", sqrt(x), {0.25, 1, 9}, [](double v) { return 0.5 / std::sqrt(v); }},
      {"abs", abs(x), {-2, 0, 3}, [](double v) { return v > 0   ? 1.
                                                        : v < 0 ? -1.
                                                                : 0.; }},
      {"sin", sin(x), {-2, 0, 3}, [](double v) { return std::cos(v); }},
      {"cos", cos(x), {-2, 0, 3}, [](double v) { return -std::sin(v); }},
      {"cube", power(x, 3), {-2, 0, 3}, [](double v) { return 3 * v * v; }},
      {"power 0", power(x, 0), {-2, 3}, [](double) { return 0.; }},
      {"power -2", power(x, -2), {-2, 3}, [](double v) { return -2 / (v * v * v); }},
      {"quotient", x / (1.0 + x * x), {-2, 0, 3}, [](double v) { return (1 - v * v) / ((1 + v * v) * (1 + v * v)); }},
      {"product", x * exp(-x), {-1, 0, 2}, [](double v) { return (1 - v) * std::exp(-v); }},
      {"softplus", log1p(exp(x)), {-3, 0, 3}, [](double v) { return 1 / (1 + std::exp(-v)); }},
      {"leaky", where_positive(x, x, 0.1 * x), {-2, 0, 3}, [](double v) { return v > 0 ? 1 : 0.1; }},
      {"nested",
       exp(sigmoid(2.0 * x)),
       {-1, 0.5},
       [](double v) {
         const double s = 1 / (1 + std::exp(-2 * v));
         return std::exp(s) * s * (1 - s) * 2;
       }},
  };
  return all;
}

TEST(FormulaDerivative, EveryFunctionMatchesItsClosedForm) {
  for (const Case& c : cases()) {
    const Expr d = differentiate(c.f, "x", {});
    for (const double at : c.at) {
      const double expected = c.closed(at), got = World{{{"x", {at}}}, {}}(d);
      EXPECT_TRUE(std::abs(got - expected) <= 2e-15 * std::abs(expected))
          << c.name << " at " << at << ": " << got << " instead of " << expected;
    }
  }
}

TEST(FormulaDerivative, EveryFunctionMatchesCentralDifferences) {
  for (const Case& c : cases()) {
    const Expr d = differentiate(c.f, "x", {});
    for (const double at : c.at) {
      if (at == 0 && (c.name == "abs" || c.name == "leaky")) continue;  // kinks
      const World world{{{"x", {at}}}, {}};
      EXPECT_TRUE(close(world(d), difference(c.f, world, "x", 0), 1e-8)) << c.name << " at " << at;
    }
  }
}

TEST(FormulaEvaluate, Values) {
  const World world{{{"x", {-2}}, {"v", {3, 1, 2}}}, {{"I", 3}}};
  EXPECT_EQ(world(sum("i", "I", symbol("v", {"i"}))), 6);
  EXPECT_EQ(world(largest("i", "I", symbol("v", {"i"}))), 3);
  EXPECT_EQ(world(largest("i", "I", -symbol("v", {"i"}))), -1);
  EXPECT_EQ(world(sum("i", "I", index_value("i") * index_value("i"))), 5);
  EXPECT_EQ(world(sum("i", "I", symbol("v", {"i"}) * kronecker("i", "j")), {{"j", 2}}), 2);
  EXPECT_EQ(world(where_positive(x, log(x), 5.0)), 5) << "the branch not taken is not computed";
  EXPECT_EQ(world(power(x, -3)), -0.125);
  EXPECT_EQ(world(power(x, 5)), -32);
  EXPECT_EQ(world(sigmoid(Expr(-800.0))), 0);
  EXPECT_EQ(world(sigmoid(Expr(800.0))), 1);
  EXPECT_TRUE(std::signbit(world(Expr(-0.0) + Expr(-0.0))));
  EXPECT_TRUE(std::isnan(world(largest("i", "I", 0.0 * log(-symbol("v", {"i"}))))));
  EXPECT_EQ((World{{}, {{"I", 0}}}(sum("i", "I", 1.0))), 0);
  // An inner sum may bind the name of an outer one, which is itself again afterwards.
  EXPECT_EQ(world(sum("i", "I", sum("i", "I", symbol("v", {"i"})) * index_value("i"))), 18);
}

TEST(FormulaEvaluate, SaysWhatIsMissing) {
  const auto message = [](const auto& f) -> std::string {
    try {
      f();
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  const Environment empty;
  const auto refuses = [&](const Expr& e, const std::string& part) {
    const std::string said = message([&] { evaluate(e, empty); });
    EXPECT_NE(said.find(part), std::string::npos) << said;
  };
  refuses(sum("i", "I0", 1.0), "range \"I0\" of index \"i\" has no size");
  refuses(index_value("j"), "index \"j\" has no value");
  refuses(symbol("x"), "symbol \"x\" has no value");
  Environment none;
  none.ranges["I"] = 0;
  EXPECT_NE(message([&] { evaluate(largest("i", "I", 1.0), none); }).find("size 0; expected at least 1"),
            std::string::npos);
  EXPECT_NE(message([] {
              differentiate(symbol("W", {"i", "j"}), "W", {"a"});
            }).find("has 2 indices"),
            std::string::npos);
  EXPECT_NE(message([] { define("p", {}, symbol("z", {"k"})); }).find("depends on index \"k\""), std::string::npos);
  EXPECT_NE(message([] { symbol(""); }).find("empty name"), std::string::npos);
}

// Softmax with cross-entropy, as its room writes it.
struct Softmax {
  Expr p(const std::string& k) const {
    const Expr top = largest("i", "K", symbol("z", {"i"}));
    const Expr total = sum("i", "K", exp(symbol("z", {"i"}) - top));
    return define("p", {k}, exp(symbol("z", {k}) - top) / total);
  }
  Expr loss = -sum("k", "K", symbol("y", {"k"}) * log(p("k")));
};

TEST(FormulaDerivative, SoftmaxCrossEntropyIsProbabilityMinusTarget) {
  const Softmax softmax;
  const World world{{{"z", {0.3, -1.2, 2.0, 0.7}}, {"y", {0.1, 0.2, 0.6, 0.1}}}, {{"K", 4}}};
  for (const std::string fresh : {"m", "k", "i"}) {  // k and i are bound inside
    const Expr d = differentiate(softmax.loss, "z", {fresh});
    for (int m = 0; m < 4; ++m) {
      const double y = world.tables.at("y")[static_cast<size_t>(m)];
      EXPECT_NEAR(world(d, {{fresh, m}}), world(softmax.p("m"), {{"m", m}}) - y, 1e-14) << fresh << " = " << m;
    }
  }
}

TEST(FormulaDerivative, LayerNormMatchesDifferences) {
  const Expr size = 5.0;
  const Expr mu = define("mu", {}, sum("i", "I", symbol("x", {"i"})) / size);
  const Expr sigma2 = define("sigma2", {}, sum("i", "I", power(symbol("x", {"i"}) - mu, 2)) / size);
  const Expr y = symbol("gamma", {"j"}) * ((symbol("x", {"j"}) - mu) / sqrt(sigma2 + 1e-5)) + symbol("beta", {"j"});
  const World world{{{"x", {0.5, -1, 2, 0.25, 3}}, {"gamma", {1, 2, 0.5, -1, 3}}, {"beta", {0, 1, 2, 3, 4}}},
                    {{"I", 5}}};
  const Expr d = differentiate(y, "x", {"m"});
  for (int j = 0; j < 5; ++j) {
    for (int m = 0; m < 5; ++m) {
      const double expected = difference(y, world, "x", static_cast<size_t>(m), {{"j", j}});
      EXPECT_TRUE(close(world(d, {{"j", j}, {"m", m}}), expected, 1e-8)) << j << ", " << m;
    }
  }
  // The diagonal, asked by giving the output's own index as the fresh one.
  const Expr diagonal = differentiate(y, "x", {"j"});
  EXPECT_TRUE(close(world(diagonal, {{"j", 2}}), world(d, {{"j", 2}, {"m", 2}}), 1e-15));
}

TEST(FormulaDerivative, BatchStatisticsMatchDifferences) {
  World world{{{"x", {0.5, -1, 2, 0.25, 3, 1}}}, {{"N", 3}}, 2};
  const Expr at_n = symbol("x", {"n", "j"});
  const Expr mu = define("mu", {"j"}, sum("n", "N", at_n) / 3.0);
  const Expr sigma2 = define("sigma2", {"j"}, sum("n", "N", power(at_n - mu, 2)) / 3.0);
  const Expr y = (at_n - mu) / sqrt(sigma2 + 1e-3);
  const Expr d = differentiate(y, "x", {"a", "b"});
  for (int n = 0; n < 3; ++n) {
    for (int a = 0; a < 3; ++a) {
      for (int b = 0; b < 2; ++b) {
        const double expected =
            difference(y, world, "x", 2 * static_cast<size_t>(a) + static_cast<size_t>(b), {{"n", n}, {"j", 1}});
        EXPECT_TRUE(close(world(d, {{"n", n}, {"j", 1}, {"a", a}, {"b", b}}), expected, 1e-8)) << n << a << b;
      }
    }
  }
}

/// A random formula over x_i and W_{i,j} in which every index in `scope` may appear, and sums may shadow them.
Expr random_formula(std::mt19937& random, const std::vector<std::string>& scope, int depth) {
  const auto pick = [&](size_t n) { return static_cast<size_t>(random() % n); };
  const auto index = [&] { return scope[pick(scope.size())]; };
  const auto inner = [&] { return random_formula(random, scope, depth - 1); };
  if (depth == 0) {
    switch (pick(5)) {
      case 0:
        return 0.5 * static_cast<double>(pick(5)) - 1;
      case 1:
        return kronecker(index(), index());
      case 2:
        return symbol("W", {index(), index()});
      default:
        return symbol("x", {index()});
    }
  }
  switch (pick(10)) {
    case 0:
      return inner() + inner();
    case 1:
      return inner() - inner();
    case 2:
      return inner() * inner();
    case 3:
      return inner() / (2.0 + power(sigmoid(inner()), 2));
    case 4:
      return tanh(inner());
    case 5:  // the condition is of another symbol: a jump has no difference quotient
      return where_positive(symbol("c", {index()}) - kronecker(index(), index()), inner(), inner());
    case 6:
      return define("d", scope, inner());
    default: {
      std::vector<std::string> wider = scope;
      const std::string bound(1, "ijkm"[pick(4)]);
      if (std::find(scope.begin(), scope.end(), bound) == scope.end()) wider.push_back(bound);
      return sum(bound, "K", random_formula(random, wider, depth - 1));
    }
  }
}

TEST(FormulaDerivative, RandomSumsAndDeltasMatchDifferences) {
  std::mt19937 random(1);
  World world{{{"x", {0.31, -0.72, 0.53}},
               {"W", {0.2, -0.4, 0.9, -0.6, 0.15, 0.35, 0.8, -0.1, -0.25}},
               {"c", {0.5, -0.5, 1.5}}},
              {{"K", 3}},
              3};
  int with_value = 0;
  for (int round = 0; round < 3000; ++round) {
    const Expr e = random_formula(random, {"j"}, 5);
    const Expr dx = differentiate(e, "x", {"m"}), dw = differentiate(e, "W", {"i", "m"});
    const Indices at = {{"j", static_cast<int>(random() % 3)},
                        {"i", static_cast<int>(random() % 3)},
                        {"m", static_cast<int>(random() % 3)}};
    const double expected_x = difference(e, world, "x", static_cast<size_t>(at.at("m")), at);
    const double expected_w =
        difference(e, world, "W", 3 * static_cast<size_t>(at.at("i")) + static_cast<size_t>(at.at("m")), at);
    ASSERT_TRUE(close(world(dx, at), expected_x, 1e-8))
        << print(e) << "\nby x_m gives " << print(dx) << " = " << world(dx, at) << " instead of " << expected_x;
    ASSERT_TRUE(close(world(dw, at), expected_w, 1e-8))
        << print(e) << "\nby W_{i,m} gives " << print(dw) << " = " << world(dw, at) << " instead of " << expected_w;
    with_value += expected_x != 0 || expected_w != 0;
  }
  EXPECT_GT(with_value, 1500) << "most rounds must prove something";
}

TEST(FormulaDerivative, LongChainsNeitherOverflowNorTakeQuadraticTime) {
  Expr left = 0.0, right = 0.0;
  constexpr int kTerms = 100'000;
  for (int k = 0; k < kTerms; ++k) left = left + 2.0 * x, right = 2.0 * x + right;
  const World world{{{"x", {3}}}, {}};
  for (const Expr& e : {left, right}) {
    EXPECT_EQ(world(e), 6.0 * kTerms);
    const Expr d = differentiate(e, "x", {});
    EXPECT_EQ(world(d), 2.0 * kTerms);
  }
}

TEST(FormulaDerivative, NestingBeyondTheLimitIsRefused) {
  Expr e = x;
  EXPECT_THROW(
      {
        for (int k = 0; k < 10'000; ++k) e = tanh(e);
      },
      Error);
  EXPECT_TRUE(std::isfinite(World{{{"x", {3}}}, {}}(e))) << "what was made before stays usable";
}

}  // namespace
}  // namespace retrograd::formula
