#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("softmax", [] {
  Case ordinary = make_case("ordinary", {5});
  ordinary.extremes = {-1e30f, -80.0f, 0.0f, 80.0f, 1e30f};
  Case one = make_case("one class", {1});
  Case wide = make_case("wide", {301});
  wide.large = true;
  return std::vector{ordinary, one, wide};
});

}  // namespace
}  // namespace retrograd::support
