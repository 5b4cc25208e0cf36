// The vectorised step of adamw: the reference's operations, a vector of parameters at a time.
#include "optim/adamw/adamw.hpp"

#include "math/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optim/adamw/adamw.kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "optim/adam/moments-inl.hpp"
#include "optim/kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::optim::HWY_NAMESPACE {

struct AdamWUpdate {
  AdamW::Scalars<float> s;
  float* HWY_RESTRICT theta;
  float* HWY_RESTRICT m;
  float* HWY_RESTRICT v;

  template <class D, class V>
  HWY_INLINE void operator()(D d, int64_t i, V gradient) const {
    const auto old = hn::LoadU(d, theta + i);
    const auto g = hn::Mul(hn::Set(d, s.scale), gradient);
    const auto move = UpdateMoments(d, s.moments, g, m + i, v + i);
    const auto shrunk = hn::NegMulAdd(hn::Set(d, s.shrink), old, old);
    hn::StoreU(hn::NegMulAdd(hn::Set(d, s.moments.rate), move, shrunk), d, theta + i);
  }
};

void adamw_step(float* theta, const float* gradient, float* const* slots, const Prepared& prepared,
                const Block& block) {
  for_block(
      block, gradient,
      AdamWUpdate{prepared.as<AdamW::Scalars<float>>(), theta + block.at, slots[0] + block.at, slots[1] + block.at});
}

}  // namespace retrograd::optim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::optim {

HWY_EXPORT(adamw_step);

void AdamW::step(float* theta, const float* gradient, float* const* slots, const Prepared& prepared,
                 const Block& block) {
  HWY_DYNAMIC_DISPATCH(adamw_step)(theta, gradient, slots, prepared, block);
}

}  // namespace retrograd::optim
#endif
