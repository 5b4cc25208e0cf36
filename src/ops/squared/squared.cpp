#include "ops/squared/squared.hpp"

namespace retrograd::ops {

Shapes Squared::shape(const Signature& s) { return residual_shape(info, s, 4); }

Formula Squared::formula(const Signature&) {
  using formula::symbol;
  const formula::Expr e = symbol("z", {"k"}) - symbol("y", {"k"});
  return {Formula::Scope::row, formula::sum("k", "I0", 0.5 * formula::power(e, 2))};
}

}  // namespace retrograd::ops
