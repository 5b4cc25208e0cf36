#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("shared_linear", [] {
  Case small = make_case("two members, 3 to 2", {6}, {2}, 2);
  small.exact_on_integers = true;
  small.refused = {{make_case("", {7}, {2}, 2).signature, {"[N, 7]", "2 members"}},
                   {make_case("", {6}, {2}, 0).signature, {"units is 0", "[3, units]"}},
                   {make_case("", {6}, {1.5}, 2).signature, {"members is 1.5"}}};
  Case one = make_case("one member", {4}, {1}, 5);
  one.exact_on_integers = true;
  Case wide = make_case("three members, 33 to 17", {99}, {3}, 17);
  wide.exact_on_integers = true;
  wide.large = true;
  Case deep = make_case("two members, 130 to 64", {260}, {2}, 64);
  deep.exact_on_integers = true;
  deep.large = true;
  return std::vector{small, one, wide, deep};
});

}  // namespace
}  // namespace retrograd::support
