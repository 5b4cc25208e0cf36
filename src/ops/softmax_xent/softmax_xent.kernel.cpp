#include "ops/softmax_xent/softmax_xent.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/softmax_xent/softmax_xent.kernel.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/softmax/softmax-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

/// y'_k of one vector of samples, from class codes or soft targets.
template <bool kCodes>
class Targets {
 public:
  Targets(const Call& c, int64_t panel)
      : y_(c.x[1] + panel_at(panel * kPanel, 0, c.features(1))),
        low_(static_cast<float>(c.attribute(0)) / static_cast<float>(c.features(0))),
        rest_(1.0f - static_cast<float>(c.attribute(0))) {}
  HWY_INLINE FloatVector At(int k, size_t lane) const {
    const FloatTag d;
    FloatVector y;
    if constexpr (kCodes) {
      const auto distance = hn::Abs(hn::Sub(hn::LoadU(d, y_ + lane), hn::Set(d, static_cast<float>(k))));
      y = hn::IfThenElseZero(hn::Lt(distance, hn::Set(d, 0.5f)), hn::Set(d, 1.0f));
    } else {
      y = hn::LoadU(d, y_ + static_cast<size_t>(k) * kPanel + lane);
    }
    return hn::MulAdd(hn::Set(d, rest_), y, hn::Set(d, low_));
  }

 private:
  const float* y_;
  float low_, rest_;
};

template <bool kCodes>
HWY_INLINE void ForwardPanel(const Call& c, int64_t panel) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const int classes = c.features(0);
  const float* z = c.x[0] + panel_at(panel * kPanel, 0, classes);
  float* p = c.saved == nullptr ? nullptr : c.saved + panel_at(panel * kPanel, 0, classes + 1);
  const Targets<kCodes> target(c, panel);
  FloatVector largest[kVectors], sum[kVectors], inverse[kVectors], loss[kVectors], total[kVectors];
  SoftmaxExponentials(z, classes, p, largest, sum);
  for (size_t v = 0; v < kVectors; ++v) {
    inverse[v] = hn::Div(hn::Set(d, 1.0f), sum[v]);
    sum[v] = vm::Log(d, sum[v]);
    loss[v] = total[v] = hn::Zero(d);
  }
  for (int k = 0; k < classes; ++k) {
    for (size_t v = 0; v < kVectors; ++v) {
      const size_t at = static_cast<size_t>(k) * kPanel + v * lanes;
      const auto y = target.At(k, v * lanes);
      const auto surprise = hn::Sub(sum[v], hn::Sub(hn::LoadU(d, z + at), largest[v]));  // −log p_k
      loss[v] = hn::MulAdd(y, surprise, loss[v]);
      total[v] = hn::Add(total[v], y);
      if (p != nullptr) hn::StoreU(hn::Mul(hn::LoadU(d, p + at), inverse[v]), d, p + at);
    }
  }
  for (size_t v = 0; v < kVectors; ++v) {
    if (p != nullptr) hn::StoreU(total[v], d, p + static_cast<size_t>(classes) * kPanel + v * lanes);
    hn::StoreU(loss[v], d, c.y + panel * kPanel + v * lanes);
  }
}

template <bool kCodes>
HWY_INLINE void BackwardPanel(const Call& c, int64_t panel) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const int classes = c.features(0);
  const float* p = c.saved + panel_at(panel * kPanel, 0, classes + 1);
  const float* seed = c.dy + panel * kPanel;
  float* dz = c.dx[0] + panel_at(panel * kPanel, 0, classes);
  const Targets<kCodes> target(c, panel);
  for (int k = 0; k < classes; ++k) {
    for (size_t v = 0; v < kVectors; ++v) {
      const size_t at = static_cast<size_t>(k) * kPanel + v * lanes;
      const auto total = hn::LoadU(d, p + static_cast<size_t>(classes) * kPanel + v * lanes);
      const auto delta = hn::MulSub(hn::LoadU(d, p + at), total, target.At(k, v * lanes));
      hn::StoreU(hn::Mul(hn::LoadU(d, seed + v * lanes), delta), d, dz + at);
    }
  }
}

void SoftmaxXentForward(const Call& c, Span panels) {
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    c.features(1) == 1 ? ForwardPanel<true>(c, p) : ForwardPanel<false>(c, p);
  }
}

void SoftmaxXentBackward(const Call& c, Span panels) {
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    c.features(1) == 1 ? BackwardPanel<true>(c, p) : BackwardPanel<false>(c, p);
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(SoftmaxXentForward);
HWY_EXPORT(SoftmaxXentBackward);

void SoftmaxXent::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(SoftmaxXentForward)(c, panels); }

void SoftmaxXent::backward(const Call& c, Span panels) {
  if (c.dx[0] != nullptr) HWY_DYNAMIC_DISPATCH(SoftmaxXentBackward)(c, panels);
}

}  // namespace retrograd::ops
#endif
