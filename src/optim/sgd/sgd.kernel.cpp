// The vectorised step of sgd: the reference's operations, a vector of parameters at a time.
#include "optim/sgd/sgd.hpp"

#include "math/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optim/sgd/sgd.kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "optim/kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::optim::HWY_NAMESPACE {

struct SgdUpdate {
  Sgd::Scalars<float> s;
  float* HWY_RESTRICT theta;
  const float* HWY_RESTRICT gradient;

  template <class D>
  HWY_INLINE void operator()(D d, int64_t i, int64_t g_at) const {
    const auto old = hn::LoadU(d, theta + i);
    const auto g = hn::MulAdd(hn::Set(d, s.decay), old, hn::Mul(hn::Set(d, s.scale), hn::LoadU(d, gradient + g_at)));
    hn::StoreU(hn::NegMulAdd(hn::Set(d, s.eta), g, old), d, theta + i);
  }
};

void sgd_step(float* theta, const float* gradient, float* const* /*slots*/, const Sgd::Scalars<float>& s,
              const Block& block) {
  for_block(block, SgdUpdate{s, theta, gradient});
}

}  // namespace retrograd::optim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::optim {

HWY_EXPORT(sgd_step);

void Sgd::step(float* theta, const float* gradient, float* const* slots, const Scalars<float>& s, const Block& block) {
  HWY_DYNAMIC_DISPATCH(sgd_step)(theta, gradient, slots, s, block);
}

}  // namespace retrograd::optim
#endif
