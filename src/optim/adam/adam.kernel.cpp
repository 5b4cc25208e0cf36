// The vectorised step of adam: the reference's operations, a vector of parameters at a time.
#include "optim/adam/adam.hpp"

#include "math/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optim/adam/adam.kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "optim/adam/moments-inl.hpp"
#include "optim/kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::optim::HWY_NAMESPACE {

struct AdamUpdate {
  Adam::Scalars<float> s;
  float* HWY_RESTRICT theta;
  const float* HWY_RESTRICT gradient;
  float* HWY_RESTRICT m;
  float* HWY_RESTRICT v;

  template <class D>
  HWY_INLINE void operator()(D d, int64_t i, int64_t g_at) const {
    const auto old = hn::LoadU(d, theta + i);
    const auto g = hn::MulAdd(hn::Set(d, s.decay), old, hn::Mul(hn::Set(d, s.scale), hn::LoadU(d, gradient + g_at)));
    const auto move = UpdateMoments(d, s.moments, g, m + i, v + i);
    hn::StoreU(hn::NegMulAdd(hn::Set(d, s.moments.rate), move, old), d, theta + i);
  }
};

void adam_step(float* theta, const float* gradient, float* const* slots, const Adam::Scalars<float>& s,
               const Block& block) {
  for_block(block, AdamUpdate{s, theta, gradient, slots[0], slots[1]});
}

}  // namespace retrograd::optim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::optim {

HWY_EXPORT(adam_step);

void Adam::step(float* theta, const float* gradient, float* const* slots, const Scalars<float>& s, const Block& block) {
  HWY_DYNAMIC_DISPATCH(adam_step)(theta, gradient, slots, s, block);
}

}  // namespace retrograd::optim
#endif
