#include "ops/tanh/tanh.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/tanh/tanh.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/elementwise-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct TanhVector {
  template <class D, class V>
  static HWY_INLINE V Value(D d, V z, V) {
    return vm::Tanh(d, z);
  }
  template <class D, class V>
  static HWY_INLINE V Gain(D d, V z, V) {
    const V one = hn::Set(d, 1.0f);
    const V e = vm::Exp(d, hn::Mul(hn::Set(d, -2.0f), hn::Abs(z)));
    const V r = hn::Div(one, hn::Add(one, e));
    return hn::Mul(hn::Mul(hn::Set(d, 4.0f), e), hn::Mul(r, r));
  }
};

void TanhForward(const Call& c, Span panels) { ElementwiseForward<TanhVector>(c, panels); }

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(TanhForward);

void Tanh::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(TanhForward)(c, panels); }

Shapes Tanh::shape(const Signature& s) { return elementwise_shape(info, s, true, 12); }

Formula Tanh::formula(const Signature&) {
  using formula::Expr;
  const Expr z = formula::symbol("z");
  return {Formula::Scope::element, formula::tanh(z)};
}

std::string Tanh::to_onnx(OnnxWriter& writer, const OnnxUse& use) { return writer.node("Tanh", {use.inputs[0]}); }

}  // namespace retrograd::ops
#endif
