#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("elu", [] {
  std::vector<Case> all = activation_cases();
  Case other = make_case("alpha 0.3", {5}, {0.3});
  other.kink_gains = {0.3};
  all.push_back(other);
  return all;
});

}  // namespace
}  // namespace retrograd::support
