#include "ops/absolute/absolute.hpp"

namespace retrograd::ops {

Shapes Absolute::shape(const Signature& s) { return residual_shape(info, s, 3); }

Formula Absolute::formula(const Signature&) {
  using formula::symbol;
  return {Formula::Scope::row, formula::sum("k", "I0", formula::abs(symbol("z", {"k"}) - symbol("y", {"k"})))};
}

}  // namespace retrograd::ops
