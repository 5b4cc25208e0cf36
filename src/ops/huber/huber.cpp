#include "ops/huber/huber.hpp"

namespace retrograd::ops {

Shapes Huber::shape(const Signature& s) { return residual_shape(info, s, 6); }

Formula Huber::formula(const Signature& s) {
  using formula::symbol;
  const double delta = s.attributes[0];
  const formula::Expr e = symbol("z", {"k"}) - symbol("y", {"k"});
  const formula::Expr inside = 0.5 * formula::power(e, 2);
  const formula::Expr outside = delta * (formula::abs(e) - 0.5 * delta);
  return {Formula::Scope::row,
          formula::sum("k", "I0", formula::where_positive(delta - formula::abs(e), inside, outside))};
}

}  // namespace retrograd::ops
