#include "base/random.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace retrograd {
namespace {

TEST(Random, IsAFunctionOfItsKeyAlone) {
  const auto first = philox(1, Purpose::init, 2, 3, 4);
  EXPECT_EQ(first, philox(1, Purpose::init, 2, 3, 4));
  EXPECT_NE(first, philox(2, Purpose::init, 2, 3, 4));
  EXPECT_NE(first, philox(1, Purpose::shuffle, 2, 3, 4));
  EXPECT_NE(first, philox(1, Purpose::init, 3, 3, 4));
  EXPECT_NE(first, philox(1, Purpose::init, 2, 4, 4));
  EXPECT_NE(first, philox(1, Purpose::init, 2, 3, 5));
}

TEST(Random, UniformHasTheMeanAndVarianceOfAUniform) {
  Stream stream(7, Purpose::check, 0);
  const int n = 200000;
  double sum = 0, squares = 0;
  for (int i = 0; i < n; ++i) {
    const double u = stream.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / n, 0.5, 0.005);
  EXPECT_NEAR(squares / n, 1.0 / 3.0, 0.005);
}

TEST(Random, BelowCoversItsRangeEvenly) {
  Stream stream(7, Purpose::check, 1);
  std::vector<int> count(10);
  for (int i = 0; i < 100000; ++i) ++count.at(stream.below(10));
  for (int c : count) EXPECT_NEAR(c, 10000, 500);
  EXPECT_EQ(stream.below(1), 0u);
}

}  // namespace
}  // namespace retrograd
