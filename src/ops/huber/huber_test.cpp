#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("huber", [] {
  Case several = make_case("several", {3, 3}, {2.0});
  several.exact_on_integers = true;
  several.extremes = {-1e37f, -2.0f, 0.0f, 1e-30f, 1e37f};
  several.avoid = {-2.0, 2.0};  // the second derivative jumps there
  several.refused = {{make_case("", {3, 4}).signature, {"[N, 3]", "[N, 4]"}}};
  Case one = make_case("one number", {1, 1}, {2.0});
  one.exact_on_integers = true;
  one.avoid = several.avoid;
  Case wide = make_case("wide", {130, 130}, {2.0});
  wide.large = true;
  wide.exact_on_integers = true;
  wide.avoid = several.avoid;
  Case narrow = make_case("delta below the residuals", {2, 2}, {0.01});
  narrow.avoid = {-0.01, 0.01};
  Case bad = make_case("default delta", {2, 2});
  bad.avoid = {-1.0, 1.0};
  bad.refused = {{make_case("", {2, 2}, {0.0}).signature, {"delta"}}};
  return std::vector{several, one, wide, narrow, bad};
});

}  // namespace
}  // namespace retrograd::support
