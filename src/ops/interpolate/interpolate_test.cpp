#include <gtest/gtest.h>

#include <limits>

#include "support/cases.hpp"
#include "support/problem.hpp"

namespace retrograd::support {
namespace {

constexpr float kAt[] = {-2.03f, -0.53f, 0.47f, 2.47f}, kTo[] = {-3, -1, 1.5f, 2}, kSlope[] = {1.25f, 2.5f, 0.25f, 0};

/// The first and the last knots of a line that is broken at −0.53 and 0.47.
Case make(std::string name, int features, int knots) {
  Case c = make_case(std::move(name), {features}, {static_cast<double>(knots)});
  c.fill_parameter = [=](int parameter, std::span<float> values, Stream&) {
    const float* from = parameter == 0 ? kAt : parameter == 1 ? kTo : kSlope;
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t k = i / static_cast<size_t>(features);
      values[i] = parameter == 2 && k + 1 == static_cast<size_t>(knots) ? 0 : from[k];
    }
    return true;
  };
  c.avoid = {-2.03, -0.53, 0.47, 2.47};
  return c;
}

const CasesOf cases("interpolate", [] {
  Case ordinary = make("ordinary", 3, 4);
  ordinary.extremes = {-1e30f, 0.0f, 1e30f};
  ops::Signature broken = ordinary.signature, many = broken;
  broken.attributes = {1.5};
  many.features = {1 << 20};
  many.attributes = {1024};
  ordinary.refused = {{broken, {"knots is 1.5"}}, {many, {"[N, 1048576]", "1024 knots"}}};
  Case one = make("one knot", 2, 1);
  Case wide = make("wide", 130, 3);
  wide.large = true;
  return std::vector{ordinary, one, wide};
});

TEST(Interpolate, TheLineIsFollowedBetweenKnotsAndEndsAtTheLast) {
  Case c = make("numbers", 1, 4);
  const float infinity = std::numeric_limits<float>::infinity();
  const float numbers[] = {-infinity, -5, kAt[0], -1.03f, kAt[1], -0.03f, kAt[2], kAt[3], 9, infinity};
  c.rows = {10};
  c.fill = [&](int, int64_t row, std::span<float> values, Stream&) {
    values[0] = numbers[row];
    return true;
  };
  const Problem p = make_problem(ops::find_operator("interpolate"), c, 10, Numbers::real);
  const Outcome<float> o = run_kernel(p, {});
  const float expected[] = {-3, -3, -3, -1.75f, -1, 0.25f, 1.5f, 2, 2, 2};
  for (size_t i = 0; i < 10; ++i) EXPECT_NEAR(o.y[i], expected[i], 1e-6) << numbers[i];
}

}  // namespace
}  // namespace retrograd::support
