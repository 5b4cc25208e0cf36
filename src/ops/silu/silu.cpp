#include "ops/silu/silu.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/silu/silu.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/elementwise-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct SiluVector {
  template <class D, class V>
  static HWY_INLINE V Value(D d, V z, V) {
    const V e = ExpMinusAbs(d, z), one = hn::Set(d, 1.0f);
    const auto negative = hn::Lt(z, hn::Zero(d));
    return hn::Mul(z, hn::Div(hn::IfThenElse(negative, e, one), hn::Add(one, e)));
  }
  template <class D, class V>
  static HWY_INLINE V Gain(D d, V z, V) {
    const V e = ExpMinusAbs(d, z), one = hn::Set(d, 1.0f);
    const auto negative = hn::Lt(z, hn::Zero(d));
    const V r = hn::Div(one, hn::Add(one, e));
    return hn::MulAdd(z, hn::Mul(e, hn::Mul(r, r)), hn::IfThenElse(negative, hn::Mul(e, r), r));
  }
};

void SiluForward(const Call& c, Span panels) { ElementwiseForward<SiluVector>(c, panels); }

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(SiluForward);

void Silu::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(SiluForward)(c, panels); }

Shapes Silu::shape(const Signature& s) { return elementwise_shape(info, s, true, 12); }

Formula Silu::formula(const Signature&) {
  using formula::Expr;
  const Expr z = formula::symbol("z");
  return {Formula::Scope::element, z * formula::sigmoid(z)};
}

std::string Silu::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Mul", {use.inputs[0], writer.node("Sigmoid", {use.inputs[0]})});
}

}  // namespace retrograd::ops
#endif
