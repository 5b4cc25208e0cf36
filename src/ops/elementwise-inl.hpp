// The loops of activations on vectors. Included once per SIMD target (see
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

inline float first_attribute(const Call& c) {
  return c.signature->attributes.empty() ? 0.0f : static_cast<float>(c.signature->attributes[0]);
}

/// Writes y, and the gains to `saved` where there is one. A panel is 32 floats: no remainder at any width.
template <class Vector>
void ElementwiseForward(const Call& c, Span panels) {
  const hn::ScalableTag<float> d;
  const Elements e(c, panels);
  const float* z = c.x[0] + e.begin;
  float* y = c.y + e.begin;
  const auto attribute = hn::Set(d, first_attribute(c));
  if (c.saved == nullptr || c.shapes->saved == 0) {
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

/// dx = dy·gain, the gain recomputed from z: for gains that are a comparison.
template <class Vector>
void ElementwiseBackward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const hn::ScalableTag<float> d;
  const Elements e(c, panels);
  const float* z = c.x[0] + e.begin;
  const float* dy = c.dy + e.begin;
  float* dz = c.dx[0] + e.begin;
  const auto attribute = hn::Set(d, first_attribute(c));
  for (size_t i = 0; i < e.count; i += hn::Lanes(d)) {
    hn::StoreU(hn::Mul(hn::LoadU(d, dy + i), Vector::Gain(d, hn::LoadU(d, z + i), attribute)), d, dz + i);
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
