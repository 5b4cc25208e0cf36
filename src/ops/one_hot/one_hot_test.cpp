#include "support/cases.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "support/problem.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("one_hot", [] {
  Case columns = make_case("three columns", {3});
  columns.signature.sizes = {3, 1, 4};
  columns.differentiable = false;
  columns.exact_on_integers = true;
  columns.fill = [](int, int64_t row, std::span<float> values, Stream& random) {
    const int sizes[] = {3, 1, 4};
    for (size_t c = 0; c < 3; ++c) {
      // Every code, −1 and one above the last; some missing.
      values[c] = static_cast<float>(random.below(static_cast<uint64_t>(sizes[c]) + 2)) - 1.0f;
      if (row > 2 && random.below(8) == 0) values[c] = std::numeric_limits<float>::quiet_NaN();
    }
    return true;
  };
  const auto columns_of = [](int features, std::vector<int> sizes) {
    ops::Signature s = make_case("", {features}).signature;
    s.sizes = std::move(sizes);
    return s;
  };
  columns.refused = {{columns_of(3, {3, 1}), {"[N, 3]", "[2]"}},
                     {columns_of(1, {0}), {"0 categories"}},
                     {columns_of(1, {-1}), {"-1 categories"}},
                     {columns_of(2, {16777216, 1}), {"16777216"}}};
  Case many = make_case("many categories", {1});
  many.signature.sizes = {200};
  many.differentiable = false;
  many.exact_on_integers = true;
  many.large = true;
  many.fill = [](int, int64_t, std::span<float> values, Stream& random) {
    values[0] = static_cast<float>(random.below(200));
    return true;
  };
  Case left_out = columns;
  left_out.name = "a column left out";
  left_out.signature.sizes = {3, 0, 4};
  left_out.refused.clear();
  return std::vector{columns, left_out, many};
});

TEST(OneHot, unknown_codes_give_zeros) {
  Case c = make_case("codes", {2});
  c.signature.sizes = {2, 3};
  const float codes[][2] = {{0, 2}, {-1, 3}, {1, std::numeric_limits<float>::quiet_NaN()}, {2, -1}};
  c.fill = [&](int, int64_t row, std::span<float> values, Stream&) {
    std::copy_n(codes[row], 2, values.begin());
    return true;
  };
  const std::vector<float> expected = {1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  const Problem p = make_problem(ops::find_operator("one_hot"), c, 4, Numbers::real);
  EXPECT_EQ(run_kernel(p, {}).y, expected);
}

}  // namespace
}  // namespace retrograd::support
