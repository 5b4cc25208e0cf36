#include "support/cases.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/problem.hpp"
#include "support/within.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("sigmoid_bce", [] {
  const auto labels = [](int input, int64_t, std::span<float> values, Stream& random) {
    if (input == 0) return false;
    for (float& v : values) v = static_cast<float>(random.below(2));
    return true;
  };
  Case several = make_case("several labels", {4, 4});
  several.fill = labels;
  several.extremes = {-1e30f, -80.0f, -1.0f, 0.0f, 1.0f, 80.0f, 1e30f};
  several.refused = {{make_case("", {4, 1}).signature, {"[N, 4]", "[N, 1]"}}};
  Case one = make_case("one label", {1, 1});
  one.fill = labels;
  Case smoothed = make_case("smoothed", {2, 2}, {0.1});
  smoothed.fill = labels;
  Case soft = make_case("probabilities as targets", {3, 3});
  soft.x = {{-6, 6}, {0, 1}};
  smoothed.backward_floor = soft.backward_floor = 0.05;  // σ(z)·(1 − y′), where σ(z) is close to y′
  Case wide = make_case("wide", {130, 130});
  wide.fill = labels;
  wide.large = true;
  return std::vector{several, one, smoothed, soft, wide};
});

TEST(SigmoidBce, the_gradient_keeps_its_digits_when_the_output_is_right) {
  Case c = make_case("certain and right", {2, 2}, {0.0});
  c.fill = [](int input, int64_t, std::span<float> values, Stream&) {
    values[0] = input == 0 ? 40.0f : 1.0f;
    values[1] = input == 0 ? -40.0f : 0.0f;
    return true;
  };
  Problem p = make_problem(ops::find_operator("sigmoid_bce"), c, 1, Numbers::real);
  p.data.dy = {1.0f};
  const Outcome<float> o = run_kernel(p, {});
  EXPECT_TRUE(within(error_of(o.dx[0][0], -std::exp(-40.0)), 1e-6 * std::exp(-40.0))) << o.dx[0][0];
  EXPECT_TRUE(within(error_of(o.dx[0][1], std::exp(-40.0)), 1e-6 * std::exp(-40.0))) << o.dx[0][1];
  EXPECT_TRUE(within(error_of(o.y[0], 2 * std::exp(-40.0)), 1e-6 * std::exp(-40.0))) << o.y[0];
}

}  // namespace
}  // namespace retrograd::support
