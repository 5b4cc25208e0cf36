#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("layer_norm", [] {
  Case ordinary = make_case("ordinary", {7});
  ordinary.extremes = {-1e15f, -1.0f, 0.0f, 1.0f, 1e15f};
  ordinary.refused = {{make_case("", {7}, {0.0}).signature, {"eps"}}, {make_case("", {0}).signature, {"[N, 0]"}}};
  Case one = make_case("one feature", {1});
  Case offset = make_case("far from zero", {4}, {1e-3});
  offset.x = {{4, 8}};
  Case wide = make_case("wide", {301});
  wide.large = true;
  return std::vector{ordinary, one, offset, wide};
});

}  // namespace
}  // namespace retrograd::support
