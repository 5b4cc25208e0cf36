#include "ops/elu/elu.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/elu/elu.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/elementwise-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct EluVector {
  template <class D, class V>
  static HWY_INLINE V Value(D d, V z, V alpha) {
    const V below = hn::Mul(vm::Tanh(d, hn::Mul(hn::Set(d, 0.5f), z)), hn::Add(vm::Exp(d, z), hn::Set(d, 1.0f)));
    return hn::IfThenElse(hn::Gt(z, hn::Zero(d)), z, hn::Mul(alpha, below));
  }
  template <class D, class V>
  static HWY_INLINE V Gain(D d, V z, V alpha) {
    const V below = hn::Mul(alpha, vm::Exp(d, z));
    return hn::IfThenElse(hn::Gt(z, hn::Zero(d)), hn::Set(d, 1.0f), below);
  }
};

void EluForward(const Call& c, Span panels) { ElementwiseForward<EluVector>(c, panels); }

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(EluForward);

void Elu::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(EluForward)(c, panels); }

Shapes Elu::shape(const Signature& s) { return elementwise_shape(info, s, true, 16); }

Formula Elu::formula(const Signature& s) {
  using formula::Expr;
  const Expr z = formula::symbol("z");
  const Expr below = Expr(s.attributes[0]) * (formula::exp(z) - 1.0);
  return {Formula::Scope::element, formula::where_positive(z, z, below)};
}

std::string Elu::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Elu", {use.inputs[0]}, {onnx_attribute("alpha", use.signature->attributes[0])});
}

}  // namespace retrograd::ops
#endif
