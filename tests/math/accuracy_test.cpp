// The error bounds of the vector functions, in units in the last place of the exact value.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <vector>

#include "math/vector_functions.hpp"

namespace retrograd::test {
namespace {

/// Dense in value over [lo, hi] and dense in exponent around zero.
std::vector<double> sweep(const Function& f, int count, double least) {
  std::vector<double> points;
  for (int i = 0; i <= count; ++i) points.push_back(f.lo + (f.hi - f.lo) * (i + 0.37 * (i % 3)) / (count + 1));
  const double limit = std::max(std::abs(f.lo), std::abs(f.hi));
  const double steps = std::log(limit / least);
  for (int i = 0; i <= count; ++i) {
    const double size = least * std::exp(steps * i / count);
    for (const double x : {size, -size, 1 + size, 1 - size})
      if (x >= f.lo && x <= f.hi) points.push_back(x);
  }
  return points;
}

template <class T>
double ulp_error(T computed, long double exact) {
  int exponent = 0;
  std::frexp(exact, &exponent);
  const long double ulp =
      std::ldexp(1.0L, std::max(exponent - std::numeric_limits<T>::digits,
                                std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits));
  return static_cast<double>(std::abs(computed - exact) / ulp);
}

class Accuracy : public testing::TestWithParam<Function> {};

TEST_P(Accuracy, FloatWithinBound) {
  const Function& f = GetParam();
  std::vector<float> x;
  for (const double point : sweep(f, 400000, 1e-37)) x.push_back(static_cast<float>(point));
  std::vector<float> y(x.size());
  f.vector(x.data(), y.data(), x.size(), 0);
  double worst = 0;
  float where = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double error = ulp_error(y[i], f.exact(x[i]));
    if (!(error <= worst)) worst = error, where = x[i];
  }
  RecordProperty("max_ulp", std::to_string(worst));
  std::printf("%s float: %.3f ulp at %.9g\n", f.name, worst, static_cast<double>(where));
  EXPECT_TRUE(worst <= f.max_ulp_float) << f.name << " at " << where;
}

TEST_P(Accuracy, DoubleWithinBound) {
  const Function& f = GetParam();
  double worst = 0, where = 0;
  for (const double x : sweep(f, 400000, 1e-300)) {
    const double error = ulp_error(f.scalar_double(x), f.exact(x));
    if (!(error <= worst)) worst = error, where = x;
  }
  RecordProperty("max_ulp", std::to_string(worst));
  std::printf("%s double: %.3f ulp at %.17g\n", f.name, worst, where);
  EXPECT_TRUE(worst <= f.max_ulp_double) << f.name << " at " << where;
}

INSTANTIATE_TEST_SUITE_P(All, Accuracy, testing::ValuesIn(functions()),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace retrograd::test
