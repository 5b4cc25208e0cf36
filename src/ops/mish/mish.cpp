#include "ops/mish/mish.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/mish/mish.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/elementwise-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct MishVector {
  template <class D, class V>
  static HWY_INLINE V Value(D d, V z, V) {
    const V e = ExpMinusAbs(d, z), one = hn::Set(d, 1.0f);
    const auto negative = hn::Lt(z, hn::Zero(d));
    const V two = hn::Set(d, 2.0f), twice = hn::Mul(two, e);
    const V up = hn::IfThenElse(negative, hn::MulAdd(e, e, twice), hn::Add(one, twice));
    const V rest = hn::IfThenElse(negative, two, hn::Mul(two, hn::Mul(e, e)));
    return hn::Mul(z, hn::Div(up, hn::Add(up, rest)));
  }
  template <class D, class V>
  static HWY_INLINE V Gain(D d, V z, V) {
    const V e = ExpMinusAbs(d, z), one = hn::Set(d, 1.0f);
    const auto negative = hn::Lt(z, hn::Zero(d));
    const V two = hn::Set(d, 2.0f), four = hn::Set(d, 4.0f), twice = hn::Mul(two, e);
    const V up = hn::IfThenElse(negative, hn::MulAdd(e, e, twice), hn::Add(one, twice));
    const V rest = hn::IfThenElse(negative, two, hn::Mul(two, hn::Mul(e, e)));
    const V r = hn::Div(one, hn::Add(up, rest));
    const V slope = hn::Mul(hn::IfThenElse(negative, e, hn::Mul(e, e)), hn::Add(four, hn::Mul(four, e)));
    return hn::MulAdd(z, hn::Mul(slope, hn::Mul(r, r)), hn::Mul(up, r));
  }
};

void MishForward(const Call& c, Span panels) { ElementwiseForward<MishVector>(c, panels); }

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(MishForward);

void Mish::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(MishForward)(c, panels); }

Shapes Mish::shape(const Signature& s) { return elementwise_shape(info, s, true, 20); }

Formula Mish::formula(const Signature&) {
  using formula::Expr;
  const Expr z = formula::symbol("z");
  // softplus in the form that does not overflow: z + log1p(e^−z) above 0.
  const Expr above = z + formula::log1p(formula::exp(-z));
  const Expr below = formula::log1p(formula::exp(z));
  return {Formula::Scope::element,
          z * formula::tanh(formula::define("softplus", {}, formula::where_positive(z, above, below)))};
}

std::string Mish::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  const std::string softplus = writer.node("Softplus", {use.inputs[0]});
  return writer.node("Mul", {use.inputs[0], writer.node("Tanh", {softplus})});
}

}  // namespace retrograd::ops
#endif
