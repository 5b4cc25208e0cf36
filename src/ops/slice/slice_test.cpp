#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("slice", [] {
  Case middle = make_case("middle", {5}, {1, 3});
  middle.exact_on_integers = true;
  middle.refused = {{make_case("", {5}, {3, 3}).signature, {"[N, 5]", "3 to 5"}},
                    {make_case("", {5}, {0.5, 1}).signature, {"first is 0.5"}}};
  Case all = make_case("all", {4}, {0, 4});
  all.exact_on_integers = true;
  Case wide = make_case("wide", {300}, {40, 130});
  wide.exact_on_integers = true;
  wide.large = true;
  return std::vector{middle, all, wide};
});

}  // namespace
}  // namespace retrograd::support
