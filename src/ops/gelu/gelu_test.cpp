#include "math/scalar.hpp"
#include "support/cases.hpp"

namespace retrograd::support {
namespace {

/// The gain is a sum of two terms, this one the larger near its root.
double gain_term(double z) { return math::normal_cdf(z); }

const CasesOf cases("gelu", [] {
  Case ordinary = make_case("ordinary", {7});
  ordinary.x = {{-6, 6}};
  ordinary.gain_term = gain_term;
  Case tails = make_case("tails", {3});
  tails.x = {{-30, 30}};
  tails.gain_term = gain_term;
  tails.extremes = {-1e38f, -104.0f, -88.0f, -87.4f, -20.0f, -1e-3f, -1e-37f, -0.0f,
                    0.0f,   1e-37f,  1e-3f,  17.0f,  20.0f,  88.0f,  89.0f,   1e38f};
  Case wide = make_case("wide", {301});
  wide.gain_term = gain_term;
  wide.large = true;

  return std::vector{ordinary, tails, wide};
});

}  // namespace
}  // namespace retrograd::support
