#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("blend", [] {
  Case ordinary = make_case("ordinary", {5, 5});
  ordinary.exact_on_integers = true;
  ordinary.forward_floor = 1;
  ordinary.backward_floor = 1;
  ordinary.refused = {{make_case("", {5, 6}).signature, {"[N, 5]", "[N, 6]"}},
                      {make_case("", {5}).signature, {"1 inputs"}}};
  Case wide = make_case("wide", {301, 301});
  wide.large = true;
  wide.exact_on_integers = true;
  wide.forward_floor = 1;
  wide.backward_floor = 1;
  return std::vector{ordinary, wide};
});

}  // namespace
}  // namespace retrograd::support
