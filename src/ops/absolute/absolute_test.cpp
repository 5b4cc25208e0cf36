#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("absolute", [] {
  std::vector<Case> all = residual_loss_cases();
  all[0].extremes = {-1e38f, -1.0f, 0.0f, 1e-30f, 1e38f};
  return all;
});

}  // namespace
}  // namespace retrograd::support
