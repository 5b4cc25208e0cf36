#include "ops/relu/relu.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/relu/relu.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/elementwise-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct ReluVector {
  template <class D, class V>
  static HWY_INLINE V Value(D d, V z, V) {
    return hn::IfThenZeroElse(hn::Lt(z, hn::Zero(d)), z);  // a NaN stays one
  }
  template <class D, class V>
  static HWY_INLINE V Gain(D d, V z, V) {
    return hn::IfThenElseZero(hn::Gt(z, hn::Zero(d)), hn::Set(d, 1.0f));
  }
};

void ReluForward(const Call& c, Span panels) { ElementwiseForward<ReluVector>(c, panels); }
void ReluBackward(const Call& c, Span panels) { ElementwiseBackward<ReluVector>(c, panels); }

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(ReluForward);
HWY_EXPORT(ReluBackward);

void Relu::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(ReluForward)(c, panels); }
void Relu::backward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(ReluBackward)(c, panels); }

Shapes Relu::shape(const Signature& s) { return elementwise_shape(info, s, false, 1); }

Formula Relu::formula(const Signature&) {
  const formula::Expr z = formula::symbol("z");
  return {Formula::Scope::element, formula::where_positive(z, z, 0.0)};
}

std::string Relu::to_onnx(OnnxWriter& writer, const OnnxUse& use) { return writer.node("Relu", {use.inputs[0]}); }

}  // namespace retrograd::ops
#endif
