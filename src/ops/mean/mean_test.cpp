#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("mean", [] {
  Case one = make_case("one", {3});
  one.exact_on_integers = true;
  Case four = make_case("four", {5, 5, 5, 5});
  four.exact_on_integers = true;  // a quarter is exact
  four.extremes = {-8e37f, 0.0f, 8e37f};
  four.refused = {{make_case("", {5, 6}).signature, {"[N, 5]", "[N, 6]"}}};
  Case three = make_case("three", {2, 2, 2});
  Case wide = make_case("wide", {130, 130});
  wide.large = true;
  wide.exact_on_integers = true;
  return std::vector{one, four, three, wide};
});

}  // namespace
}  // namespace retrograd::support
