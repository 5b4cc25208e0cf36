#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("leaky_relu", [] {
  Case ordinary = make_case("ordinary", {7});
  ordinary.extremes = {-1e38f, -1.0f, -0.0f, 0.0f, 1e-37f, 1e38f};
  Case half = make_case("alpha 0.5", {5}, {0.5});
  half.exact_on_integers = true;
  half.kink_gains = {0.5};
  Case none = make_case("alpha 0 is relu", {5}, {0.0});
  none.exact_on_integers = true;
  none.kink_gains = {0.0};
  return std::vector{ordinary, half, none};
});

}  // namespace
}  // namespace retrograd::support
