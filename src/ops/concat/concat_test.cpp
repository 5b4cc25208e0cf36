#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("concat", [] {
  Case one = make_case("one", {3});
  one.exact_on_integers = true;
  Case three = make_case("three", {2, 1, 4});
  three.exact_on_integers = true;
  three.extremes = {-3e38f, -0.0f, 3e38f};
  three.refused = {{make_case("", {2000000000, 2000000000}).signature, {"2147483647"}}};
  Case wide = make_case("wide", {130, 1, 33});
  wide.large = true;
  wide.exact_on_integers = true;
  return std::vector{one, three, wide};
});

}  // namespace
}  // namespace retrograd::support
