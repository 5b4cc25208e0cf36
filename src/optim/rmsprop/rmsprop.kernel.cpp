// The vectorised step of rmsprop: the reference's operations, a vector of parameters at a time.
#include "optim/rmsprop/rmsprop.hpp"

#include "math/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optim/rmsprop/rmsprop.kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "optim/kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::optim::HWY_NAMESPACE {

struct RmsPropUpdate {
  RmsProp::Scalars<float> s;
  float* HWY_RESTRICT theta;
  const float* HWY_RESTRICT gradient;
  float* HWY_RESTRICT v;

  template <class D>
  HWY_INLINE void operator()(D d, int64_t i, int64_t g_at) const {
    const auto old = hn::LoadU(d, theta + i);
    const auto g = hn::MulAdd(hn::Set(d, s.decay), old, hn::Mul(hn::Set(d, s.scale), hn::LoadU(d, gradient + g_at)));
    const auto mean = hn::MulAdd(hn::Set(d, s.rho), hn::LoadU(d, v + i), hn::Mul(hn::Set(d, s.fresh), hn::Mul(g, g)));
    hn::StoreU(mean, d, v + i);
    const auto move = hn::Div(g, hn::Add(hn::Sqrt(mean), hn::Set(d, s.epsilon)));
    hn::StoreU(hn::NegMulAdd(hn::Set(d, s.eta), move, old), d, theta + i);
  }
};

void rmsprop_step(float* theta, const float* gradient, float* const* slots, const RmsProp::Scalars<float>& s,
                  const Block& block) {
  for_block(block, RmsPropUpdate{s, theta, gradient, slots[0]});
}

}  // namespace retrograd::optim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::optim {

HWY_EXPORT(rmsprop_step);

void RmsProp::step(float* theta, const float* gradient, float* const* slots, const Scalars<float>& s,
                   const Block& block) {
  HWY_DYNAMIC_DISPATCH(rmsprop_step)(theta, gradient, slots, s, block);
}

}  // namespace retrograd::optim
#endif
