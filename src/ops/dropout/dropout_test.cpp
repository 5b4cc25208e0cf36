#include "support/cases.hpp"

#include <gtest/gtest.h>

#include "math/simd.hpp"
#include "ops/dropout/dropout.hpp"
#include "support/problem.hpp"
#include "support/within.hpp"

namespace retrograd::support {
namespace {

bool kept(int64_t row, int feature, double rate, uint64_t step = kKey.step) {
  const auto words = philox(kKey.seed, Purpose::dropout, step * 65536 + kKey.equation, static_cast<uint32_t>(row),
                            static_cast<uint32_t>(feature) / 4);
  return uniform01(words[static_cast<size_t>(feature % 4)]) >= rate;
}

const CasesOf cases("dropout", [] {
  const auto masked = [](std::string name, int features, double rate) {
    Case c = make_case(std::move(name), {features}, {rate});
    c.symbol = [rate](std::string_view, std::span<const int>, int64_t row, int feature) {
      return kept(row, feature, rate) ? 1 / (1 - rate) : 0.0;
    };
    return c;
  };
  Case half = masked("half", 7, 0.5);
  half.exact_on_integers = true;
  half.extremes = {-1e38f, 0.0f, 1e38f};
  half.refused = {{make_case("", {7}, {1.0}).signature, {"rate"}}, {make_case("", {7}, {-0.1}).signature, {"rate"}}};
  Case none = masked("nothing dropped", 3, 0.0);
  none.exact_on_integers = true;
  Case wide = masked("wide", 130, 0.3);
  wide.large = true;
  return std::vector{half, masked("a tenth", 5, 0.1), none, wide};
});

TEST(Dropout, vector_philox_gives_the_words_of_the_scalar_one) {
  for (const std::string& target : simd_targets()) {
    force_simd(target);
    Stream random(3, Purpose::check, 0);
    for (int trial = 0; trial < 200; ++trial) {
      const uint64_t seed = (static_cast<uint64_t>(random.next()) << 32) | random.next();
      const uint64_t a = (static_cast<uint64_t>(random.next()) << 32) | random.next();
      const uint32_t b = random.next(), c = random.next();
      uint32_t words[32];
      ops::Dropout::philox_words(seed, Purpose::dropout, a, b, c, words);
      for (uint32_t i = 0; i < 8; ++i) {
        const auto expected = philox(seed, Purpose::dropout, a, b + i, c);
        for (size_t w = 0; w < 4; ++w) ASSERT_EQ(words[4 * i + w], expected[w]) << target << " lane " << i;
      }
    }
  }
  force_simd("auto");
}

TEST(Dropout, the_threshold_is_the_comparison_with_the_rate) {
  for (double rate : {0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.999}) {
    const uint32_t threshold = ops::Dropout::threshold(rate);
    if (threshold > 0) {
      EXPECT_LT(uniform01((threshold - 1) << 8), rate);
    }
    EXPECT_GE(uniform01(threshold << 8), rate);
  }
}

TEST(Dropout, keeps_the_expected_share_and_another_one_each_step) {
  Case c = make_case("ones", {64}, {0.3});
  c.fill = [](int, int64_t, std::span<float> values, Stream&) {
    std::fill(values.begin(), values.end(), 1.0f);
    return true;
  };
  const Outcome<float> o = run_kernel(make_problem(ops::find_operator("dropout"), c, 512, Numbers::real), {});
  double dropped = 0;
  for (float y : o.y) dropped += y == 0;
  // 32768 draws: the deviation of the share is 0.0025.
  EXPECT_TRUE(within(error_of(dropped / static_cast<double>(o.y.size()), 0.3), 0.01));
  int same = 0;
  for (int64_t n = 0; n < 256; ++n) same += kept(n, 0, 0.5, kKey.step) == kept(n, 0, 0.5, kKey.step + 1);
  EXPECT_TRUE(within(error_of(same, 128), 40));
}

TEST(Dropout, prediction_is_the_identity) {
  const Problem p = make_problem(ops::find_operator("dropout"), make_case("prediction", {9}, {0.5}), 33, Numbers::real);
  EXPECT_EQ(run_kernel(p, {.training = false}).y, p.data.x[0]);
}

}  // namespace
}  // namespace retrograd::support
