#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("absolute", [] {
  Case several = make_case("several", {3, 3});
  several.exact_on_integers = true;
  several.extremes = {-1e38f, -1.0f, 0.0f, 1e-30f, 1e38f};
  several.refused = {{make_case("", {3, 4}).signature, {"[N, 3]", "[N, 4]"}}};
  Case one = make_case("one number", {1, 1});
  one.exact_on_integers = true;
  Case wide = make_case("wide", {130, 130});
  wide.large = true;
  wide.exact_on_integers = true;
  return std::vector{several, one, wide};
});

}  // namespace
}  // namespace retrograd::support
