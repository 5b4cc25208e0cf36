#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("affine", [] {
  Case ordinary = make_case("ordinary", {5});
  ordinary.exact_on_integers = true;
  ordinary.extremes = {-1e30f, 0.0f, 1e30f};
  ordinary.refused = {{make_case("", {0}).signature, {"[N, 0]"}}};
  Case wide = make_case("wide", {301});
  wide.large = true;
  wide.exact_on_integers = true;
  return std::vector{ordinary, wide};
});

}  // namespace
}  // namespace retrograd::support
