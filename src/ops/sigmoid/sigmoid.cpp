#include "ops/sigmoid/sigmoid.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/sigmoid/sigmoid.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/elementwise-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct SigmoidVector {
  template <class D, class V>
  static HWY_INLINE V Value(D d, V z, V) {
    return vm::Sigmoid(d, z);
  }
  template <class D, class V>
  static HWY_INLINE V Gain(D d, V z, V) {
    const V e = ExpMinusAbs(d, z), one = hn::Set(d, 1.0f);
    const auto negative = hn::Lt(z, hn::Zero(d));
    const V up = hn::Div(hn::IfThenElse(negative, e, one), hn::Add(one, e));
    const V down = hn::Div(hn::IfThenElse(negative, one, e), hn::Add(one, e));
    return hn::Mul(up, down);
  }
};

void SigmoidForward(const Call& c, Span panels) { ElementwiseForward<SigmoidVector>(c, panels); }

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(SigmoidForward);

void Sigmoid::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(SigmoidForward)(c, panels); }

Shapes Sigmoid::shape(const Signature& s) { return elementwise_shape(info, s, true, 10); }

Formula Sigmoid::formula(const Signature&) {
  using formula::Expr;
  const Expr z = formula::symbol("z");
  return {Formula::Scope::element, formula::sigmoid(z)};
}

std::string Sigmoid::to_onnx(OnnxWriter& writer, const OnnxUse& use) { return writer.node("Sigmoid", {use.inputs[0]}); }

}  // namespace retrograd::ops
#endif
