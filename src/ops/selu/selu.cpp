#include "ops/selu/selu.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/selu/selu.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/elementwise-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct SeluVector {
  template <class D, class V>
  static HWY_INLINE V Value(D d, V z, V) {
    const V below = hn::Mul(vm::Tanh(d, hn::Mul(hn::Set(d, 0.5f), z)), hn::Add(vm::Exp(d, z), hn::Set(d, 1.0f)));
    const V above = hn::Mul(hn::Set(d, static_cast<float>(SeluScalar::kLambda)), z);
    return hn::IfThenElse(hn::Gt(z, hn::Zero(d)), above,
                          hn::Mul(hn::Set(d, static_cast<float>(SeluScalar::kLambdaAlpha)), below));
  }
  template <class D, class V>
  static HWY_INLINE V Gain(D d, V z, V) {
    const V below = hn::Mul(hn::Set(d, static_cast<float>(SeluScalar::kLambdaAlpha)), vm::Exp(d, z));
    return hn::IfThenElse(hn::Gt(z, hn::Zero(d)), hn::Set(d, static_cast<float>(SeluScalar::kLambda)), below);
  }
};

void SeluForward(const Call& c, Span panels) { ElementwiseForward<SeluVector>(c, panels); }

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(SeluForward);

void Selu::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(SeluForward)(c, panels); }

Shapes Selu::shape(const Signature& s) { return elementwise_shape(info, s, true, 16); }

Formula Selu::formula(const Signature&) {
  using formula::Expr;
  const Expr z = formula::symbol("z");
  const Expr below = Expr(SeluScalar::kLambdaAlpha) * (formula::exp(z) - 1.0);
  return {Formula::Scope::element, formula::where_positive(z, Expr(SeluScalar::kLambda) * z, below)};
}

std::string Selu::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Selu", {use.inputs[0]},
                     {onnx_attribute("alpha", SeluScalar::kAlpha), onnx_attribute("gamma", SeluScalar::kLambda)});
}

}  // namespace retrograd::ops
#endif
