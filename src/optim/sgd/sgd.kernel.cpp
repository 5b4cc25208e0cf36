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

  template <class D, class V>
  HWY_INLINE void operator()(D d, int64_t i, V gradient) const {
    const auto old = hn::LoadU(d, theta + i);
    const auto g = hn::MulAdd(hn::Set(d, s.decay), old, hn::Mul(hn::Set(d, s.scale), gradient));
    hn::StoreU(hn::NegMulAdd(hn::Set(d, s.eta), g, old), d, theta + i);
  }
};

void sgd_step(float* theta, const float* gradient, float* const* /*slots*/, const Prepared& prepared,
              const Block& block) {
  for_block(block, gradient, SgdUpdate{prepared.as<Sgd::Scalars<float>>(), theta + block.at});
}

}  // namespace retrograd::optim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::optim {

HWY_EXPORT(sgd_step);

void Sgd::step(float* theta, const float* gradient, float* const* slots, const Prepared& prepared, const Block& block) {
  HWY_DYNAMIC_DISPATCH(sgd_step)(theta, gradient, slots, prepared, block);
}

}  // namespace retrograd::optim
#endif
