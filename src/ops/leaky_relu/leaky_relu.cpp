#include "ops/leaky_relu/leaky_relu.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/leaky_relu/leaky_relu.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/elementwise-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct LeakyReluVector {
  template <class D, class V>
  static HWY_INLINE V Value(D d, V z, V alpha) {
    return hn::IfThenElse(hn::Gt(z, hn::Zero(d)), z, hn::Mul(alpha, z));
  }
  template <class D, class V>
  static HWY_INLINE V Gain(D d, V z, V alpha) {
    return hn::IfThenElse(hn::Gt(z, hn::Zero(d)), hn::Set(d, 1.0f), alpha);
  }
};

void LeakyReluForward(const Call& c, Span panels) { ElementwiseForward<LeakyReluVector>(c, panels); }
void LeakyReluBackward(const Call& c, Span panels) { ElementwiseBackward<LeakyReluVector>(c, panels); }

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(LeakyReluForward);
HWY_EXPORT(LeakyReluBackward);

void LeakyRelu::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(LeakyReluForward)(c, panels); }
void LeakyRelu::backward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(LeakyReluBackward)(c, panels); }

Shapes LeakyRelu::shape(const Signature& s) { return elementwise_shape(info, s, false, 2); }

Formula LeakyRelu::formula(const Signature& s) {
  const formula::Expr z = formula::symbol("z");
  return {Formula::Scope::element, formula::where_positive(z, z, formula::Expr(s.attributes[0]) * z)};
}

std::string LeakyRelu::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("LeakyRelu", {use.inputs[0]}, {onnx_attribute("alpha", use.signature->attributes[0])});
}

}  // namespace retrograd::ops
#endif
