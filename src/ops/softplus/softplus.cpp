#include "ops/softplus/softplus.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/softplus/softplus.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/elementwise-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct SoftplusVector {
  template <class D, class V>
  static HWY_INLINE V Value(D d, V z, V) {
    return vm::Softplus(d, z);
  }
  template <class D, class V>
  static HWY_INLINE V Gain(D d, V z, V) {
    return vm::Sigmoid(d, z);
  }
};

void SoftplusForward(const Call& c, Span panels) { ElementwiseForward<SoftplusVector>(c, panels); }

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(SoftplusForward);

void Softplus::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(SoftplusForward)(c, panels); }

Shapes Softplus::shape(const Signature& s) { return elementwise_shape(info, s, true, 18); }

Formula Softplus::formula(const Signature&) {
  using formula::Expr;
  const Expr z = formula::symbol("z");
  // z + log1p(e^−z) above 0, where e^z would overflow.
  return {Formula::Scope::element,
          formula::where_positive(z, z + formula::log1p(formula::exp(-z)), formula::log1p(formula::exp(z)))};
}

std::string Softplus::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Softplus", {use.inputs[0]});
}

}  // namespace retrograd::ops
#endif
