#include "math/scalar.hpp"
#include "support/cases.hpp"

namespace retrograd::support {
namespace {

/// The gain is a sum of two terms, this one the larger near its root.
double gain_term(double z) { return math::normal_cdf(z); }

const CasesOf cases("gelu", [] { return activation_cases(gain_term); });

}  // namespace
}  // namespace retrograd::support
