// The vectorised step of momentum: the reference's operations, a vector of parameters at a time.
#include "optim/momentum/momentum.hpp"

#include "math/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optim/momentum/momentum.kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "optim/kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::optim::HWY_NAMESPACE {

struct MomentumUpdate {
  Momentum::Scalars<float> s;
  float* HWY_RESTRICT theta;
  const float* HWY_RESTRICT gradient;
  float* HWY_RESTRICT v;

  template <class D>
  HWY_INLINE void operator()(D d, int64_t i, int64_t g_at) const {
    const auto old = hn::LoadU(d, theta + i);
    const auto g = hn::MulAdd(hn::Set(d, s.decay), old, hn::Mul(hn::Set(d, s.scale), hn::LoadU(d, gradient + g_at)));
    const auto move = hn::NegMulAdd(hn::Set(d, s.eta), g, hn::Mul(hn::Set(d, s.beta), hn::LoadU(d, v + i)));
    hn::StoreU(move, d, v + i);
    hn::StoreU(hn::Add(old, move), d, theta + i);
  }
};

void momentum_step(float* theta, const float* gradient, float* const* slots, const Momentum::Scalars<float>& s,
                   const Block& block) {
  for_block(block, MomentumUpdate{s, theta, gradient, slots[0]});
}

}  // namespace retrograd::optim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::optim {

HWY_EXPORT(momentum_step);

void Momentum::step(float* theta, const float* gradient, float* const* slots, const Scalars<float>& s,
                    const Block& block) {
  HWY_DYNAMIC_DISPATCH(momentum_step)(theta, gradient, slots, s, block);
}

}  // namespace retrograd::optim
#endif
