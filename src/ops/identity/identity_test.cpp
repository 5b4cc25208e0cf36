#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("identity", [] {
  Case ordinary = make_case("ordinary", {7});
  ordinary.exact_on_integers = true;
  ordinary.extremes = {-1e38f, -0.0f, 0.0f, 1e-37f, 1e38f};
  return std::vector{ordinary};
});

}  // namespace
}  // namespace retrograd::support
