#include "ops/gelu/gelu.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/gelu/gelu.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/elementwise-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct GeluVector {
  template <class D, class V>
  static HWY_INLINE V Value(D d, V z, V) {
    return hn::Mul(z, vm::NormalCdf(d, z));
  }
  template <class D, class V>
  static HWY_INLINE V Gain(D d, V z, V) {
    return hn::MulAdd(z, vm::NormalPdf(d, z), vm::NormalCdf(d, z));
  }
};

void GeluForward(const Call& c, Span panels) { ElementwiseForward<GeluVector>(c, panels); }

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(GeluForward);

void Gelu::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(GeluForward)(c, panels); }

Shapes Gelu::shape(const Signature& s) { return elementwise_shape(info, s, true, 40); }

Formula Gelu::formula(const Signature&) {
  using formula::Expr;
  const Expr z = formula::symbol("z");
  // Below 0, 1 + erf loses its digits in an absolute sense only; the kernel computes Φ to full relative precision.
  const Expr cdf = Expr(0.5) * (Expr(1.0) + formula::erf(z * Expr(0.70710678118654752440)));
  return {Formula::Scope::element, z * cdf};
}

std::string Gelu::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  const std::string scaled = writer.node("Mul", {use.inputs[0], writer.constant({0.70710678118654752440})});
  const std::string one_plus = writer.node("Add", {writer.node("Erf", {scaled}), writer.constant({1.0})});
  const std::string half = writer.node("Mul", {use.inputs[0], writer.constant({0.5})});
  return writer.node("Mul", {half, one_plus});
}

}  // namespace retrograd::ops
#endif
