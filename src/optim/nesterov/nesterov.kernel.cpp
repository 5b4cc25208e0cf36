// The vectorised step of nesterov: the reference's operations, a vector of parameters at a time.
#include "optim/nesterov/nesterov.hpp"

#include "math/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optim/nesterov/nesterov.kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "optim/kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::optim::HWY_NAMESPACE {

struct NesterovUpdate {
  Nesterov::Scalars<float> s;
  float* HWY_RESTRICT theta;
  const float* HWY_RESTRICT gradient;
  float* HWY_RESTRICT v;

  template <class D>
  HWY_INLINE void operator()(D d, int64_t i, int64_t g_at) const {
    const auto old = hn::LoadU(d, theta + i);
    const auto eta = hn::Set(d, s.eta);
    const auto mu = hn::Set(d, s.mu);
    const auto g = hn::MulAdd(hn::Set(d, s.decay), old, hn::Mul(hn::Set(d, s.scale), hn::LoadU(d, gradient + g_at)));
    const auto move = hn::NegMulAdd(eta, g, hn::Mul(mu, hn::LoadU(d, v + i)));
    hn::StoreU(move, d, v + i);
    hn::StoreU(hn::NegMulAdd(eta, g, hn::MulAdd(mu, move, old)), d, theta + i);
  }
};

void nesterov_step(float* theta, const float* gradient, float* const* slots, const Nesterov::Scalars<float>& s,
                   const Block& block) {
  for_block(block, NesterovUpdate{s, theta, gradient, slots[0]});
}

}  // namespace retrograd::optim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::optim {

HWY_EXPORT(nesterov_step);

void Nesterov::step(float* theta, const float* gradient, float* const* slots, const Scalars<float>& s,
                    const Block& block) {
  HWY_DYNAMIC_DISPATCH(nesterov_step)(theta, gradient, slots, s, block);
}

}  // namespace retrograd::optim
#endif
