#include "support/cases.hpp"

#include <gtest/gtest.h>

#include "support/problem.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("softmax_xent", [] {
  const auto codes = [](int classes) {
    return [classes](int input, int64_t, std::span<float> values, Stream& random) {
      if (input == 1) values[0] = static_cast<float>(random.below(static_cast<uint64_t>(classes)));
      return input == 1;
    };
  };
  Case classes = make_case("class codes", {5, 1});
  classes.fill = codes(5);
  classes.extremes = {-1e30f, -80.0f, 0.0f, 80.0f, 1e30f};
  classes.refused = {{make_case("", {5, 3}).signature, {"[N, 5]", "[N, 3]"}},
                     {make_case("", {1, 1}).signature, {"[N, 1]"}}};
  Case two = make_case("two classes", {2, 1});
  two.fill = codes(2);
  Case smoothed = make_case("smoothed", {4, 1}, {0.1});
  smoothed.fill = codes(4);
  Case soft = make_case("soft targets", {4, 4}, {0.05});
  soft.x = {{-4, 4}, {0, 1}};
  Case wide = make_case("wide", {301, 1});
  wide.fill = codes(301);
  wide.large = true;
  std::vector all{classes, two, smoothed, soft, wide};
  for (Case& c : all) {
    c.forward_floor = 1;   // l is log S of an S >= 1, whose rounding it inherits
    c.backward_floor = 1;  // p − y
  }
  return all;
});

TEST(SoftmaxXent, a_row_without_a_class_adds_nothing) {
  Case c = make_case("unknown", {3, 1}, {0.0});
  c.fill = [](int input, int64_t row, std::span<float> values, Stream&) {
    if (input == 1) values[0] = row == 0 ? -1.0f : 3.0f;
    return input == 1;
  };
  const Problem p = make_problem(ops::find_operator("softmax_xent"), c, 2, Numbers::real);
  const Outcome<float> o = run_kernel(p, {});
  for (float loss : o.y) EXPECT_EQ(loss, 0.0f);
  for (float dz : o.dx[0]) EXPECT_EQ(dz, 0.0f);
}

TEST(SoftmaxXent, the_gradient_is_p_minus_y_where_p_underflows) {
  Case c = make_case("certain and wrong", {2, 1}, {0.0});
  c.fill = [](int input, int64_t, std::span<float> values, Stream&) {
    if (input == 0) values[0] = 0.0f, values[1] = 200.0f;
    if (input == 1) values[0] = 0.0f;
    return true;
  };
  Problem p = make_problem(ops::find_operator("softmax_xent"), c, 1, Numbers::real);
  p.data.dy = {1.0f};
  const Outcome<float> o = run_kernel(p, {});
  EXPECT_EQ(o.y[0], 200.0f);
  EXPECT_EQ(o.dx[0], (std::vector<float>{-1.0f, 1.0f}));
}

}  // namespace
}  // namespace retrograd::support
