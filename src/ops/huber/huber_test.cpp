#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("huber", [] {
  std::vector<Case> all = residual_loss_cases({2.0});
  for (Case& c : all) c.avoid = {-2.0, 2.0};  // the second derivative jumps there
  all[0].extremes = {-1e37f, -2.0f, 0.0f, 1e-30f, 1e37f};
  Case narrow = make_case("delta below the residuals", {2, 2}, {0.01});
  narrow.avoid = {-0.01, 0.01};
  Case bad = make_case("default delta", {2, 2});
  bad.avoid = {-1.0, 1.0};
  bad.refused = {{make_case("", {2, 2}, {0.0}).signature, {"delta"}}};
  all.insert(all.end(), {narrow, bad});
  return all;
});

}  // namespace
}  // namespace retrograd::support
