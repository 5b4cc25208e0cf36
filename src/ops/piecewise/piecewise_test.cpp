#include <gtest/gtest.h>

#include <limits>

#include "support/cases.hpp"
#include "support/problem.hpp"

namespace retrograd::support {
namespace {

/// Bins of a half from −1.03 on, which the uniform numbers of the proofs do not meet.
bool bins(int parameter, std::span<float> values, Stream&) {
  for (size_t j = 0; j < values.size(); ++j)
    values[j] = parameter == 0 ? -1.03f + 0.5f * static_cast<float>(j % 4) : 2.0f;
  return true;
}

Case make(std::string name, std::vector<int> sizes) {
  Case c = make_case(std::move(name), {static_cast<int>(sizes.size())});
  c.signature.sizes = std::move(sizes);
  c.fill_parameter = bins;
  c.avoid = {-1.03, -0.53, -0.03, 0.47, 0.97};
  return c;
}

const CasesOf cases("piecewise", [] {
  Case ordinary = make("ordinary", {3, 0, 2});
  ordinary.extremes = {-1e30f, 0.0f, 1e30f};
  ops::Signature few = ordinary.signature, negative = few, none = few, large = few;
  few.sizes.pop_back();
  negative.sizes[1] = -1;
  none.sizes = {0, 0, 0};
  large.sizes = {1 << 24, 1, 1};
  ordinary.refused = {
      {few, {"[N, 3]", "[2]"}}, {negative, {"column 1", "-1"}}, {none, {"0 bins"}}, {large, {"16777216"}}};
  Case one = make("one bin", {1});
  one.exact_on_integers = true;
  one.fill_parameter = [](int parameter, std::span<float> values, Stream&) {
    for (float& v : values) v = parameter == 0 ? -1.0f : 0.25f;
    return true;
  };
  one.avoid = {-1, 3};
  Case wide = make("wide", std::vector<int>(40, 8));
  wide.large = true;
  wide.fill_parameter = [](int parameter, std::span<float> values, Stream& random) {
    if (parameter == 0) return bins(parameter, values, random);
    for (float& v : values) v = 1.9f;
    return true;
  };
  wide.avoid = {-1.03, -0.53, -0.03, 0.47, -0.503684, -0.003684, 0.496316, 0.996316};
  return std::vector{ordinary, one, wide};
});

TEST(Piecewise, a_number_fills_the_bins_below_it_and_part_of_its_own) {
  Case c = make("numbers", {3});
  c.fill_parameter = [](int parameter, std::span<float> values, Stream&) {
    const float low[] = {0, 1, 3}, scale[] = {1, 0.5, 0.25};
    std::copy_n(parameter == 0 ? low : scale, 3, values.begin());
    return true;
  };
  c.rows = {4};
  const float numbers[] = {-5, 0.5, 2, 100};
  c.fill = [&](int, int64_t row, std::span<float> values, Stream&) {
    values[0] = numbers[row];
    return true;
  };
  const Problem p = make_problem(ops::find_operator("piecewise"), c, 4, Numbers::real);
  const Outcome<float> o = run_kernel(p, {});
  EXPECT_EQ(o.y, (std::vector<float>{0, 0, 0, 0.5, 0, 0, 1, 0.5, 0, 1, 1, 1}));
}

}  // namespace
}  // namespace retrograd::support
