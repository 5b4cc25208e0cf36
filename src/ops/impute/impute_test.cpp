#include "support/cases.hpp"

#include <limits>

namespace retrograd::support {
namespace {

const CasesOf cases("impute", [] {
  const auto fill = [](int, int64_t row, std::span<float> values, Stream& random) {
    for (float& v : values) {
      v = row > 0 && random.below(4) == 0 ? std::numeric_limits<float>::quiet_NaN()
                                          : static_cast<float>(random.below(9)) - 4.0f;
    }
    return true;
  };
  Case some = make_case("some missing", {4});
  some.fill = fill;
  some.exact_on_integers = true;
  Case none = make_case("none missing", {3});
  none.exact_on_integers = true;
  none.extremes = {-3e38f, -0.0f, 3e38f};
  Case wide = make_case("wide", {130});
  wide.fill = fill;
  wide.large = true;
  wide.exact_on_integers = true;
  return std::vector{some, none, wide};
});

}  // namespace
}  // namespace retrograd::support
