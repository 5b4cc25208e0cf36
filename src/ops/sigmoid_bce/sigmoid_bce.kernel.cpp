#include "ops/sigmoid_bce/sigmoid_bce.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/sigmoid_bce/sigmoid_bce.kernel.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

HWY_INLINE FloatVector Smoothed(FloatVector y, float smoothing) {
  const FloatTag d;
  return hn::MulAdd(hn::Set(d, 1.0f - smoothing), y, hn::Set(d, 0.5f * smoothing));
}

void SigmoidBceForward(const Call& c, Span panels) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const int labels = c.features(0);
  const auto smoothing = static_cast<float>(c.attribute(0));
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    FloatVector loss[kVectors];
    for (FloatVector& l : loss) l = hn::Zero(d);
    for (int k = 0; k < labels; ++k) {
      for (size_t v = 0; v < kVectors; ++v) {
        const size_t at = panel_at(p * kPanel, k, labels) + v * lanes;
        const auto z = hn::LoadU(d, c.x[0] + at);
        const auto y = Smoothed(hn::LoadU(d, c.x[1] + at), smoothing);
        const auto linear = hn::NegMulAdd(z, y, hn::Max(z, hn::Zero(d)));
        const auto tail = vm::Log1p(d, vm::Exp(d, hn::Neg(hn::Abs(z))));
        loss[v] = hn::Add(loss[v], hn::Add(linear, tail));
      }
    }
    for (size_t v = 0; v < kVectors; ++v) hn::StoreU(loss[v], d, c.y + p * kPanel + v * lanes);
  }
}

void SigmoidBceBackward(const Call& c, Span panels) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const int labels = c.features(0);
  const auto smoothing = static_cast<float>(c.attribute(0));
  const auto one = hn::Set(d, 1.0f);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int k = 0; k < labels; ++k) {
      for (size_t v = 0; v < kVectors; ++v) {
        const size_t at = panel_at(p * kPanel, k, labels) + v * lanes;
        const auto z = hn::LoadU(d, c.x[0] + at);
        const auto y = Smoothed(hn::LoadU(d, c.x[1] + at), smoothing);
        const auto e = vm::Exp(d, hn::Neg(hn::Abs(z)));
        const auto near = hn::Div(one, hn::Add(one, e));  // σ(|z|)
        const auto far = hn::Mul(e, near);                // σ(−|z|)
        const auto negative = hn::Lt(z, hn::Zero(d));
        const auto up = hn::IfThenElse(negative, far, near);
        const auto down = hn::IfThenElse(negative, near, far);
        const auto delta = hn::MulSub(up, hn::Sub(one, y), hn::Mul(down, y));
        hn::StoreU(hn::Mul(hn::LoadU(d, c.dy + p * kPanel + v * lanes), delta), d, c.dx[0] + at);
      }
    }
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(SigmoidBceForward);
HWY_EXPORT(SigmoidBceBackward);

void SigmoidBce::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(SigmoidBceForward)(c, panels); }

void SigmoidBce::backward(const Call& c, Span panels) {
  if (c.dx[0] != nullptr) HWY_DYNAMIC_DISPATCH(SigmoidBceBackward)(c, panels);
}

}  // namespace retrograd::ops
#endif
