#include "math/normal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "math/scalar.hpp"

namespace retrograd::test {
namespace {

TEST(Normal, MomentsAndDistribution) {
  constexpr int count = 1000000;
  Stream stream(20240501, Purpose::check, 3);
  std::vector<double> x(count);
  double mean = 0, square = 0, cube = 0, fourth = 0;
  for (double& v : x) {
    v = math::normal(stream);
    mean += v / count;
    square += v * v / count;
    cube += v * v * v / count;
    fourth += v * v * v * v / count;
  }
  // Five standard errors of each sample moment.
  const double unit = 5 / std::sqrt(count);
  EXPECT_NEAR(mean, 0, unit);
  EXPECT_NEAR(square, 1, unit * std::sqrt(2.0));
  EXPECT_NEAR(cube, 0, unit * std::sqrt(15.0));
  EXPECT_NEAR(fourth, 3, unit * std::sqrt(96.0));
  // Kolmogorov's statistic; 1.95/sqrt(n) is its 0.1 % point.
  std::sort(x.begin(), x.end());
  double worst = 0;
  for (int i = 0; i < count; ++i) {
    const double p = math::normal_cdf(x[static_cast<size_t>(i)]);
    worst = std::max({worst, std::abs(p - static_cast<double>(i) / count), std::abs(p - (i + 1.0) / count)});
  }
  EXPECT_LT(worst, 1.95 / std::sqrt(count));
}

TEST(Normal, ConsecutiveNumbersAreUncorrelated) {
  constexpr int count = 1000000;
  Stream stream(5, Purpose::check, 4);
  double product = 0, before = math::normal(stream);
  for (int i = 0; i < count; ++i) {
    const double now = math::normal(stream);
    product += before * now / count;
    before = now;
  }
  EXPECT_NEAR(product, 0, 5 / std::sqrt(count));
}

TEST(Normal, IsAFunctionOfTheStream) {
  Stream one(9, Purpose::init, 1, 2), two(9, Purpose::init, 1, 2), other(9, Purpose::init, 1, 3);
  const double first = math::normal(one);
  EXPECT_EQ(first, math::normal(two));
  EXPECT_NE(first, math::normal(other));
  // Agrees with the formula in libm to rounding.
  Stream words(9, Purpose::init, 1, 2);
  const auto uniform = [&] {
    const double high = words.next() >> 5, low = words.next() >> 7;
    return (high * 33554432.0 + low + 0.5) / 4503599627370496.0;
  };
  const double u = uniform(), v = uniform();
  EXPECT_NEAR(first, std::sqrt(-2 * std::log(u)) * std::cos(2 * M_PI * v), 1e-14);
}

}  // namespace
}  // namespace retrograd::test
