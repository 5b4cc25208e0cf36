#include "support/cases.hpp"

#include <limits>

namespace retrograd::support {
namespace {

const CasesOf cases("is_missing", [] {
  Case some = make_case("some missing", {4});
  some.fill = [](int, int64_t row, std::span<float> values, Stream& random) {
    for (float& v : values) {
      v = row > 0 && random.below(2) == 0 ? std::numeric_limits<float>::quiet_NaN()
                                          : static_cast<float>(random.uniform());
    }
    return true;
  };
  some.differentiable = false;
  some.exact_on_integers = true;
  Case none = make_case("numbers only", {70});
  none.differentiable = false;
  none.exact_on_integers = true;
  none.large = true;
  none.extremes = {-3e38f, -0.0f, 3e38f, std::numeric_limits<float>::infinity()};
  return std::vector{some, none};
});

}  // namespace
}  // namespace retrograd::support
