#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("spread", [] {
  Case three = make_case("three members", {4}, {3});
  three.exact_on_integers = true;
  three.extremes = {-1e30f, 0.0f, 1e30f};
  three.refused = {{make_case("", {0}, {3}).signature, {"[N, 0]"}},
                   {make_case("", {4}, {1.5}).signature, {"members is 1.5"}},
                   {make_case("", {1 << 20}, {64}).signature, {"64 members", "1048576"}}};
  Case one = make_case("one member", {5}, {1});
  one.exact_on_integers = true;
  Case wide = make_case("wide", {70}, {5});
  wide.large = true;
  wide.exact_on_integers = true;
  return std::vector{three, one, wide};
});

}  // namespace
}  // namespace retrograd::support
