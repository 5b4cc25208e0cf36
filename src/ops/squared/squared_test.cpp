#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("squared", [] {
  std::vector<Case> all = residual_loss_cases();
  all[0].extremes = {-1e18f, -1.0f, 0.0f, 1e-30f, 1e18f};
  return all;
});

}  // namespace
}  // namespace retrograd::support
