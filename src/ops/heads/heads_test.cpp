#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("heads", [] {
  Case small = make_case("two members, 3 to 2", {6}, {2}, 2);
  small.exact_on_integers = true;
  small.refused = {{make_case("", {7}, {2}, 2).signature, {"[N, 7]", "2 members"}},
                   {make_case("", {6}, {2}, 0).signature, {"units is 0", "3 inputs"}}};
  Case one = make_case("one member", {4}, {1}, 3);
  one.exact_on_integers = true;
  Case wide = make_case("five members, 33 to 3", {165}, {5}, 3);
  wide.exact_on_integers = true;
  wide.large = true;
  return std::vector{small, one, wide};
});

}  // namespace
}  // namespace retrograd::support
