// Penalties, clipping and constraints: float kernels against the plain reference (same bits), the summation tree
// against its statement, and the mathematics by hand.
#include "optim/regularize.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/random.hpp"
#include "math/simd.hpp"
#include "optim/regularize_ref.hpp"
#include "retrograd/error.hpp"

namespace retrograd::optim {
namespace {

std::vector<float> data(int64_t n, uint64_t what = 1) {
  std::vector<float> x;
  for (int64_t i = 0; i < n; ++i) {
    const auto words = philox(5, Purpose::check, what, static_cast<uint32_t>(i), 0);
    x.push_back(static_cast<float>((2 * uniform01(words[0]) - 1) * std::exp2(20 * uniform01(words[1]) - 15)));
  }
  return x;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

const std::vector<int64_t> kLengths = {0, 1, 3, 31, 32, 33, 8 * 32 + 2, 4095, 4096, 4097, 3 * 4096 + 1234, 100003};

class Regularize : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { force_simd(GetParam()); }
  void TearDown() override { force_simd("auto"); }
};
INSTANTIATE_TEST_SUITE_P(Targets, Regularize, testing::ValuesIn(simd_targets()), [](const auto& p) { return p.param; });

/// The tree as the header states it, written down once more without any of its code.
double stated_tree(const std::vector<float>& x, bool squares) {
  std::vector<double> level;
  for (size_t first = 0; first < x.size(); first += 4096) {
    std::vector<double> lanes(32, 0.0);
    for (size_t l = 0; l < 32; ++l) {
      for (size_t i = first + l; i < std::min(x.size(), first + 4096); i += 32) {
        const double v = x[i];
        lanes[l] = squares ? lanes[l] + v * v : lanes[l] + std::abs(v);  // v * v is exact: 48 bits
      }
    }
    while (lanes.size() > 1) {
      std::vector<double> folded;
      for (size_t l = 0; l < lanes.size() / 2; ++l) folded.push_back(lanes[l] + lanes[l + lanes.size() / 2]);
      lanes = folded;
    }
    level.push_back(lanes[0]);
  }
  while (level.size() > 1) {
    std::vector<double> next;
    for (size_t k = 0; k < level.size(); k += 2) {
      next.push_back(k + 1 < level.size() ? level[k] + level[k + 1] : level[k]);
    }
    level = next;
  }
  return level.empty() ? 0 : level[0];
}

TEST_P(Regularize, SumsFollowTheStatedTree) {
  for (const int64_t n : kLengths) {
    const auto x = data(n);
    std::vector<double> sums(static_cast<size_t>(chunks_of(n)));
    chunk_square_sums(x.data(), n, sums.data(), 0, chunks_of(n));
    EXPECT_EQ(combine(sums), stated_tree(x, true)) << n;
    EXPECT_EQ(norm(x.data(), n), std::sqrt(stated_tree(x, true))) << n;
    EXPECT_EQ(norm(x.data(), n), reference::norm(x.data(), n)) << n;
    chunk_absolute_sums(x.data(), n, sums.data(), 0, chunks_of(n));
    EXPECT_EQ(combine(sums), stated_tree(x, false)) << n;
    EXPECT_EQ(penalty(x.data(), n, 0.3, 0.02), reference::penalty(x.data(), n, 0.3, 0.02)) << n;
  }
}

TEST_P(Regularize, SumsAreAccurateAndSplittable) {
  const int64_t n = 100003;
  const auto x = data(n);
  long double exact = 0;
  for (const float v : x) exact += static_cast<long double>(v) * v;
  EXPECT_NEAR(norm(x.data(), n) / static_cast<double>(std::sqrt(exact)), 1, 1e-14);
  std::vector<double> whole(static_cast<size_t>(chunks_of(n))), parts(whole.size(), -1);
  chunk_square_sums(x.data(), n, whole.data(), 0, chunks_of(n));
  for (int64_t c = chunks_of(n); c-- > 0;) chunk_square_sums(x.data(), n, parts.data(), c, c + 1);
  EXPECT_TRUE(same_bits(whole, parts));
}

TEST_P(Regularize, NormsOfHugeNumbersDoNotOverflow) {
  const std::vector<float> x(5000, 3e38f);
  EXPECT_NEAR(norm(x.data(), 5000) / (3e38 * std::sqrt(5000.0)), 1, 1e-6);
  const std::vector<float> broken = {1, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_TRUE(std::isnan(norm(broken.data(), 2)));
}

TEST_P(Regularize, ElementwiseKernelsHaveTheBitsOfTheReference) {
  for (const int64_t n : kLengths) {
    const int64_t begin = n > 40 ? 5 : 0, end = n > 40 ? n - 3 : n;
    auto theta = data(n, 2);
    if (n > 20) theta[7] = 0.0f, theta[11] = -0.0f;
    const auto check = [&](const char* what, const auto& kernel, const auto& plain) {
      auto a = data(n), b = a;
      kernel(a.data());
      plain(b.data());
      EXPECT_TRUE(same_bits(a, b)) << what << ' ' << n;
    };
    check(
        "scale", [&](float* x) { scale(x, 0.3, begin, end); }, [&](float* x) { reference::scale(x, 0.3, begin, end); });
    check(
        "clip", [&](float* x) { clip_by_value(x, 0.01, begin, end); },
        [&](float* x) { reference::clip_by_value(x, 0.01, begin, end); });
    check(
        "l1", [&](float* x) { add_l1(x, theta.data(), 0.1, begin, end); },
        [&](float* x) { reference::add_l1(x, theta.data(), 0.1, begin, end); });
    check(
        "l2", [&](float* x) { add_l2(x, theta.data(), 0.1, begin, end); },
        [&](float* x) { reference::add_l2(x, theta.data(), 0.1, begin, end); });
  }
}

TEST_P(Regularize, ElementwiseByHand) {
  std::vector<float> x = {-3, -1, 0, 0.5f, 2, std::numeric_limits<float>::quiet_NaN(), HUGE_VALF};
  clip_by_value(x.data(), 1, 0, 7);
  EXPECT_EQ(std::vector<float>(x.begin(), x.begin() + 5), (std::vector<float>{-1, -1, 0, 0.5f, 1}));
  EXPECT_TRUE(std::isnan(x[5]));
  EXPECT_EQ(x[6], 1);
  const std::vector<float> theta = {-2, 0, 4};
  std::vector<float> g = {1, 1, 1};
  add_l1(g.data(), theta.data(), 0.25, 0, 3);
  EXPECT_EQ(g, (std::vector<float>{0.75f, 1, 1.25f}));
  add_l2(g.data(), theta.data(), 0.5, 0, 3);
  EXPECT_EQ(g, (std::vector<float>{-0.25f, 1, 3.25f}));
  EXPECT_DOUBLE_EQ(penalty(theta.data(), 3, 0.25, 0.5), 0.25 * 6 + 0.5 * 0.5 * 20);
}

TEST_P(Regularize, MaxNormHasTheBitsOfTheReferenceAndHoldsItsLimit) {
  for (const int64_t outputs : {1, 3, 7, 8, 9, 31, 33}) {
    const int64_t inputs = 57;
    const auto before = data(inputs * outputs);
    auto a = before, b = before, parts = before;
    const double limit = 30;
    max_norm(a.data(), inputs, outputs, limit, 0, outputs);
    reference::max_norm(b.data(), inputs, outputs, limit, 0, outputs);
    EXPECT_TRUE(same_bits(a, b)) << outputs;
    for (int64_t j = 0; j < outputs; j += 5) {
      max_norm(parts.data(), inputs, outputs, limit, j, std::min(outputs, j + 5));
    }
    EXPECT_TRUE(same_bits(a, parts)) << outputs;
    int shrunk = 0;
    for (int64_t j = 0; j < outputs; ++j) {
      double old_square = 0, square = 0;
      for (int64_t i = 0; i < inputs; ++i) {
        const auto at = static_cast<size_t>(i * outputs + j);
        old_square += double(before[at]) * before[at];
        square += double(a[at]) * a[at];
      }
      const bool over = std::sqrt(old_square) > limit;
      shrunk += over;
      EXPECT_NEAR(std::sqrt(square), over ? limit : std::sqrt(old_square), 1e-5) << j;
      for (int64_t i = 0; i < inputs && !over; ++i) {
        const auto at = static_cast<size_t>(i * outputs + j);
        EXPECT_EQ(a[at], before[at]);
      }
    }
    if (outputs > 8) {
      EXPECT_GT(shrunk, 0);
      EXPECT_LT(shrunk, outputs) << "the data exercises one side only";
    }
  }
}

TEST(RegularizeDouble, PenaltyGradientIsTheDerivativeOfThePenalty) {
  std::vector<double> theta;
  for (const float v : data(50)) theta.push_back(v + 0.01);
  std::vector<double> gradient(50, 0.0);
  reference::add_l1(gradient.data(), theta.data(), 0.3, 0, 50);
  reference::add_l2(gradient.data(), theta.data(), 0.2, 0, 50);
  for (size_t i = 0; i < 50; ++i) {
    const double h = 1e-6, middle = theta[i];
    theta[i] = middle + h;
    const double up = reference::penalty(theta.data(), 50, 0.3, 0.2);
    theta[i] = middle - h;
    const double down = reference::penalty(theta.data(), 50, 0.3, 0.2);
    theta[i] = middle;
    ASSERT_GT(std::abs(middle), 2 * h) << "a kink of |θ| between the two points";
    EXPECT_NEAR((up - down) / (2 * h), gradient[i], 1e-6 * (1 + std::abs(gradient[i])));
  }
}

TEST(RegularizeClip, FactorBringsTheNormToTheLimit) {
  EXPECT_EQ(clip_factor(0, 1), 1);
  EXPECT_EQ(clip_factor(1, 1), 1);
  EXPECT_EQ(clip_factor(4, 1), 0.25);
  auto x = data(5000);
  const double before = norm(x.data(), 5000);
  scale(x.data(), clip_factor(before, before / 7), 0, 5000);
  EXPECT_NEAR(norm(x.data(), 5000) / (before / 7), 1, 1e-6);
  EXPECT_THROW(clip_factor(std::nan(""), 1), Error);
  EXPECT_THROW(clip_factor(HUGE_VAL, 1), Error);
  EXPECT_THROW(clip_factor(1, 0), Error);
  EXPECT_THROW(clip_factor(1, std::nan("")), Error);
}

}  // namespace
}  // namespace retrograd::optim
