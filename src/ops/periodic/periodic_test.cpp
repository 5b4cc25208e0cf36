#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("periodic", [] {
  Case ordinary = make_case("ordinary", {3}, {4, 2, 0.1});
  ordinary.x = {{-1, 1}};
  ordinary.forward_floor = ordinary.backward_floor = 1;
  ordinary.refused = {{make_case("", {3}, {2.5, 2, 0.1}).signature, {"frequencies", "2.5"}},
                      {make_case("", {3}, {1, 2, 0.1}).signature, {"frequencies"}},
                      {make_case("", {3}, {4, 2, 0}).signature, {"sigma"}},
                      {make_case("", {1 << 23}, {4, 3, 0.1}).signature, {"[N, 8388608]"}}};
  Case one = make_case("one output", {2}, {2, 1, 1});
  one.x = {{-1, 1}};
  one.forward_floor = one.backward_floor = 1;
  Case wide = make_case("wide", {40}, {16, 3, 0.1});
  wide.x = {{-1, 1}};
  wide.large = true;
  wide.forward_floor = wide.backward_floor = 1;
  Case many = make_case("many waves", {10}, {64, 24, 0.1});
  many.rows = {1, 33};
  many.x = {{-3, 3}};
  many.large = true;
  many.forward_floor = many.backward_floor = 1;
  return std::vector{ordinary, one, wide, many};
});

}  // namespace
}  // namespace retrograd::support
