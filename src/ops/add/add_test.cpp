#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("add", [] {
  Case two = make_case("two", {5, 5});
  two.exact_on_integers = true;
  two.extremes = {-1e38f, 0.0f, 1e38f};
  two.refused = {{make_case("", {5, 6}).signature, {"[N, 5]", "[N, 6]"}}, {make_case("", {5}).signature, {"1 inputs"}}};
  Case four = make_case("four", {2, 2, 2, 2});
  four.exact_on_integers = true;
  Case wide = make_case("wide", {130, 130, 130});
  wide.large = true;
  wide.exact_on_integers = true;
  return std::vector{two, four, wide};
});

}  // namespace
}  // namespace retrograd::support
