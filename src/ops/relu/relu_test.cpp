#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("relu", [] {
  Case ordinary = make_case("ordinary", {7});
  ordinary.exact_on_integers = true;
  ordinary.extremes = {-1e38f, -1.0f, -1e-37f, -0.0f, 0.0f, 1e-37f, 1e38f};
  Case one = make_case("one feature", {1});
  one.exact_on_integers = true;
  Case wide = make_case("wide", {301});
  wide.large = true;
  wide.exact_on_integers = true;
  return std::vector{ordinary, one, wide};
});

}  // namespace
}  // namespace retrograd::support
