#include <gtest/gtest.h>

#include <limits>

#include "support/cases.hpp"
#include "support/problem.hpp"

namespace retrograd::support {
namespace {

Case embedding(std::string name, int features, int column, int categories, int units) {
  Case c = make_case(std::move(name), {features}, {static_cast<double>(column)}, units);
  c.signature.sizes = {categories};
  c.exact_on_integers = true;
  c.fill = [=](int, int64_t row, std::span<float> values, Stream& random) {
    // Every code, −1 and one above the last; some missing.
    for (float& v : values) v = static_cast<float>(random.below(static_cast<uint64_t>(categories) + 2)) - 1.0f;
    if (row > 2 && random.below(8) == 0) values[static_cast<size_t>(column)] = std::numeric_limits<float>::quiet_NaN();
    return true;
  };
  return c;
}

const CasesOf cases("embed", [] {
  Case few = embedding("few categories", 3, 1, 5, 4);
  const auto wrong = [](int features, double column, std::vector<int> sizes, int units) {
    ops::Signature s = make_case("", {features}, {column}, units).signature;
    s.sizes = std::move(sizes);
    return s;
  };
  few.refused = {{wrong(3, 3, {5}, 4), {"column", "[N, 3]"}},
                 {wrong(3, 0.5, {5}, 4), {"column", "0.5"}},
                 {wrong(3, 1, {5, 5}, 4), {"2 numbers of categories"}},
                 {wrong(3, 1, {0}, 4), {"0 categories"}},
                 {wrong(3, 1, {5}, 0), {"units"}}};
  Case many = embedding("many categories", 2, 0, 300, 17);
  many.large = true;
  return std::vector{few, embedding("one number a category", 1, 0, 3, 1), many};
});

TEST(Embed, an_unknown_code_gives_zeros_and_has_no_gradient) {
  Case c = embedding("codes", 1, 0, 3, 2);
  const float codes[] = {2, -1, 3, std::numeric_limits<float>::quiet_NaN(), 0.5f};
  c.fill = [&](int, int64_t row, std::span<float> values, Stream&) {
    values[0] = codes[row];
    return true;
  };
  const Problem p = make_problem(ops::find_operator("embed"), c, 5, Numbers::real);
  const Outcome<float> o = run_kernel(p, {});
  EXPECT_EQ(o.y[0], p.data.parameters[0][4]);
  EXPECT_EQ(o.y[1], p.data.parameters[0][5]);
  for (size_t i = 2; i < 10; ++i) EXPECT_EQ(o.y[i], 0) << i;
  EXPECT_EQ(o.dparameters[0], (std::vector<float>{0, 0, 0, 0, p.data.dy[0], p.data.dy[1]}));
}

}  // namespace
}  // namespace retrograd::support
