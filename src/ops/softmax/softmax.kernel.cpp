#include "ops/softmax/softmax.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/softmax/softmax.kernel.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/softmax/softmax-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

void SoftmaxForward(const Call& c, Span panels) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    const size_t first = panel_at(p * kPanel, 0, features);
    FloatVector largest[kVectors], sum[kVectors];
    SoftmaxExponentials(c.x[0] + first, features, c.y + first, largest, sum);
    for (FloatVector& s : sum) s = hn::Div(hn::Set(d, 1.0f), s);
    for (int k = 0; k < features; ++k) {
      for (size_t v = 0; v < kVectors; ++v) {
        float* y = c.y + first + static_cast<size_t>(k) * kPanel + v * lanes;
        const auto p_k = hn::Mul(hn::LoadU(d, y), sum[v]);
        hn::StoreU(p_k, d, y);
        if (c.saved != nullptr) hn::StoreU(p_k, d, c.saved + (y - c.y));
      }
    }
  }
}

void SoftmaxBackward(const Call& c, Span panels) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    const size_t first = panel_at(p * kPanel, 0, features);
    FloatVector dot[kVectors];
    for (FloatVector& s : dot) s = hn::Zero(d);
    for (int k = 0; k < features; ++k) {
      for (size_t v = 0; v < kVectors; ++v) {
        const size_t at = first + static_cast<size_t>(k) * kPanel + v * lanes;
        dot[v] = hn::MulAdd(hn::LoadU(d, c.saved + at), hn::LoadU(d, c.dy + at), dot[v]);
      }
    }
    for (int k = 0; k < features; ++k) {
      for (size_t v = 0; v < kVectors; ++v) {
        const size_t at = first + static_cast<size_t>(k) * kPanel + v * lanes;
        const auto dz = hn::Mul(hn::LoadU(d, c.saved + at), hn::Sub(hn::LoadU(d, c.dy + at), dot[v]));
        hn::StoreU(dz, d, c.dx[0] + at);
      }
    }
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(SoftmaxForward);
HWY_EXPORT(SoftmaxBackward);

void Softmax::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(SoftmaxForward)(c, panels); }

void Softmax::backward(const Call& c, Span panels) {
  if (c.dx[0] != nullptr) HWY_DYNAMIC_DISPATCH(SoftmaxBackward)(c, panels);
}

}  // namespace retrograd::ops
#endif
