#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("smooth_clip", [] {
  Case ordinary = make_case("ordinary", {7});
  ordinary.extremes = {-1e30f, -3.0f, -1e-30f, 0.0f, 3.0f, 1e19f, 3e38f};
  ordinary.refused = {{make_case("", {7}, {0.0}).signature, {"limit"}}};
  Case tails = make_case("far out", {3}, {0.5});
  tails.x = {{-500, 500}};
  Case wide = make_case("wide", {301});
  wide.large = true;
  return std::vector{ordinary, tails, wide};
});

}  // namespace
}  // namespace retrograd::support
