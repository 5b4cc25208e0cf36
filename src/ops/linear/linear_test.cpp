#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("linear", [] {
  Case small = make_case("3 to 2", {3}, {}, 2);
  small.exact_on_integers = true;
  small.refused.push_back({{{3}, {1}, 0, {}}, {"units is 0", "[3, units]"}});
  small.refused.push_back({{{3}, {0.5}, 2, {}}, {"bias is 0.5"}});
  Case free = make_case("without bias", {4}, {0}, 5);
  free.exact_on_integers = true;
  Case one = make_case("1 to 1", {1}, {}, 1);
  one.exact_on_integers = true;
  Case wide = make_case("33 to 17", {33}, {}, 17);
  wide.exact_on_integers = true;
  wide.large = true;
  Case tall = make_case("5 to 130", {5}, {}, 130);
  tall.exact_on_integers = true;
  tall.large = true;
  Case deep = make_case("258 to 64", {258}, {}, 64);
  deep.exact_on_integers = true;
  deep.large = true;
  return std::vector{small, free, one, wide, tall, deep};
});

}  // namespace
}  // namespace retrograd::support
