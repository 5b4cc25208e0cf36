#include "support/cases.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "retrograd/panel.hpp"
#include "support/problem.hpp"
#include "support/within.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("batch_norm", [] {
  const auto positive_variance = [](int parameter, std::span<float> values, Stream& random) {
    for (float& v : values) v = static_cast<float>(parameter == 3 ? 0.5 + random.uniform() : 2 * random.uniform() - 1);
    return true;
  };
  Case ordinary = make_case("ordinary", {3});
  ordinary.fill_parameter = positive_variance;
  ordinary.refused = {{make_case("", {3}, {1e-5, 1.5}).signature, {"momentum"}}};
  Case one = make_case("one feature, slow", {1}, {1e-3, 0.01});
  one.fill_parameter = positive_variance;
  Case wide = make_case("wide", {130});
  wide.fill_parameter = positive_variance;
  wide.large = true;
  return std::vector{ordinary, one, wide};
});

Problem column(const std::vector<float>& values, double momentum) {
  Case c = make_case("column", {1}, {1e-5, momentum});
  c.fill = [values](int, int64_t row, std::span<float> x, Stream&) {
    x[0] = values[static_cast<size_t>(row)];
    return true;
  };
  c.fill_parameter = [](int parameter, std::span<float> v, Stream&) {
    v[0] = parameter == 0 ? 2.0f : parameter == 1 ? 0.5f : parameter == 2 ? 10.0f : 1.0f;
    return true;
  };
  return make_problem(ops::find_operator("batch_norm"), c, static_cast<int64_t>(values.size()), Numbers::real);
}

TEST(BatchNorm, remembers_the_mean_and_the_unbiased_variance) {
  // Mean 4, squares 4 + 1 + 9 = 14, unbiased variance 14/2.
  const Outcome<float> o = run_kernel(column({2, 3, 7}, 0.25), {});
  EXPECT_EQ(o.parameters[2][0], 10.0f + 0.25f * (4.0f - 10.0f));
  EXPECT_EQ(o.parameters[3][0], 1.0f + 0.25f * (7.0f - 1.0f));
}

TEST(BatchNorm, prediction_uses_the_running_statistics_and_leaves_them) {
  const Outcome<float> o = run_kernel(column({2, 3, 7}, 0.25), {.training = false});
  const double scale = 1 / std::sqrt(1.0 + 1e-5);
  EXPECT_TRUE(within(error_of(o.y[0], 2.0 * (2 - 10) * scale + 0.5), 1e-5)) << o.y[0];
  EXPECT_EQ(o.parameters[2][0], 10.0f);
  EXPECT_EQ(o.parameters[3][0], 1.0f);
}

TEST(BatchNorm, prediction_needs_no_pass_over_the_samples) {
  const Problem p = column({2, 3, 7}, 0.25);
  const Outcome<float> expected = run_kernel(p, {.training = false});
  float x[kPanel] = {2, 3, 7}, y[kPanel] = {};
  float gamma = 2.0f, beta = 0.5f, mean = 10.0f, variance = 1.0f;
  const float* const inputs[] = {x};
  float* const parameters[] = {&gamma, &beta, &mean, &variance};
  ops::Call call;
  call.signature = &p.c.signature;
  call.shapes = &p.shapes;
  call.rows = 3;
  call.x = inputs;
  call.parameters = parameters;
  call.y = y;
  p.op->forward(call, {0, 1});
  for (size_t n = 0; n < 3; ++n) EXPECT_EQ(y[n], expected.y[n]);
}

TEST(BatchNorm, one_row_has_no_variance) {
  const Outcome<float> o = run_kernel(column({7}, 0.25), {});
  EXPECT_EQ(o.y[0], 0.5f);  // beta
  EXPECT_EQ(o.dx[0][0], 0.0f);
  EXPECT_EQ(o.parameters[2][0], 10.0f);
  EXPECT_EQ(o.parameters[3][0], 1.0f);
}

}  // namespace
}  // namespace retrograd::support
