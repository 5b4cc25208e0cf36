#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("standardise", [] {
  Case ordinary = make_case("ordinary", {5});
  ordinary.exact_on_integers = true;
  ordinary.extremes = {-1e30f, 0.0f, 1e30f};
  Case offset = make_case("far from zero", {2});
  offset.x = {{1000, 1010}};
  offset.fill_parameter = [](int parameter, std::span<float> values, Stream&) {
    for (float& v : values) v = parameter == 0 ? 1005.0f : 0.3f;
    return true;
  };
  Case wide = make_case("wide", {301});
  wide.large = true;
  wide.exact_on_integers = true;
  return std::vector{ordinary, offset, wide};
});

}  // namespace
}  // namespace retrograd::support
