#include <gtest/gtest.h>

#include <limits>

#include "support/cases.hpp"
#include "support/problem.hpp"

namespace retrograd::support {
namespace {

/// Bounds that the uniform numbers of the proofs do not meet.
bool bounds(int parameter, std::span<float> values, Stream&) {
  for (size_t j = 0; j < values.size(); ++j) values[j] = parameter == 0 ? -1.0f - static_cast<float>(j) : 2.03f;
  return true;
}

const CasesOf cases("clip", [] {
  Case ordinary = make_case("ordinary", {3});
  ordinary.fill_parameter = bounds;
  ordinary.avoid = {-1, -2, -3, 2.03};
  ordinary.exact_on_integers = true;
  ordinary.extremes = {-1e30f, 0.0f, 1e30f};
  Case wide = make_case("wide", {301});
  wide.fill_parameter = bounds;
  wide.avoid = {-1, -2, -3, -4, 2.03};
  wide.large = true;
  wide.exact_on_integers = true;
  return std::vector{ordinary, wide};
});

TEST(Clip, bounds_stop_the_gradient_and_nothing_else_does) {
  Case c = make_case("numbers", {5});
  c.fill_parameter = [](int parameter, std::span<float> values, Stream&) {
    for (float& v : values) v = parameter == 0 ? -1.0f : 2.0f;
    return true;
  };
  const float numbers[] = {-3, -1, 0.5, 2, 7};
  c.fill = [&](int, int64_t, std::span<float> values, Stream&) {
    std::copy_n(numbers, 5, values.begin());
    return true;
  };
  const Problem p = make_problem(ops::find_operator("clip"), c, 1, Numbers::real);
  const Outcome<float> o = run_kernel(p, {});
  EXPECT_EQ(o.y, (std::vector<float>{-1, -1, 0.5, 2, 2}));
  for (size_t j = 0; j < 5; ++j) EXPECT_EQ(o.dx[0][j] != 0, j == 2) << j;
}

}  // namespace
}  // namespace retrograd::support
