// The loop of activations with a transcendental function, on vectors. Included once per SIMD target (see
// math/math-inl.hpp); `Vector` has `V Value(d, z, attribute)` and `V Gain(d, z, attribute)`, static templates.
#if defined(RETROGRAD_ELEMENTWISE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RETROGRAD_ELEMENTWISE_INL_HPP
#undef RETROGRAD_ELEMENTWISE_INL_HPP
#else
#define RETROGRAD_ELEMENTWISE_INL_HPP
#endif

#include "math/math-inl.hpp"
#include "ops/elementwise.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace vm = math::HWY_NAMESPACE;

/// e^-|z|: at most 1, so that no gain or value of an activation overflows on the way.
template <class D, class V>
HWY_INLINE V ExpMinusAbs(D d, V z) {
  return vm::Exp(d, hn::Neg(hn::Abs(z)));
}

/// Writes y, and the gains to `saved` where there is one. A panel is 32 floats: no remainder at any width.
template <class Vector>
void ElementwiseForward(const Call& c, Span panels) {
  const hn::ScalableTag<float> d;
  const Elements e(c, panels);
  const float* z = c.x[0] + e.begin;
  float* y = c.y + e.begin;
  const auto attribute =
      hn::Set(d, c.signature->attributes.empty() ? 0.0f : static_cast<float>(c.signature->attributes[0]));
  if (c.saved == nullptr) {
    for (size_t i = 0; i < e.count; i += hn::Lanes(d)) {
      hn::StoreU(Vector::Value(d, hn::LoadU(d, z + i), attribute), d, y + i);
    }
    return;
  }
  float* saved = c.saved + e.begin;
  for (size_t i = 0; i < e.count; i += hn::Lanes(d)) {
    const auto v = hn::LoadU(d, z + i);
    hn::StoreU(Vector::Value(d, v, attribute), d, y + i);
    hn::StoreU(Vector::Gain(d, v, attribute), d, saved + i);
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
