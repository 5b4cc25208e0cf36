// The vectorised form of Moments::reference, once a SIMD target.
#if defined(RETROGRAD_OPTIM_ADAM_MOMENTS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RETROGRAD_OPTIM_ADAM_MOMENTS_INL_HPP
#undef RETROGRAD_OPTIM_ADAM_MOMENTS_INL_HPP
#else
#define RETROGRAD_OPTIM_ADAM_MOMENTS_INL_HPP
#endif

#include "optim/adam/moments.hpp"
#include "optim/kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::optim::HWY_NAMESPACE {

/// Takes gradients g into the moments at m and v; the move, to be multiplied by `rate`.
template <class D, class V>
HWY_INLINE V UpdateMoments(D d, const Moments::Scalars<float>& s, V g, float* HWY_RESTRICT m, float* HWY_RESTRICT v) {
  const auto mean = hn::MulAdd(hn::Set(d, s.beta1), hn::LoadU(d, m), hn::Mul(hn::Set(d, s.fresh1), g));
  const auto square = hn::MulAdd(hn::Set(d, s.beta2), hn::LoadU(d, v), hn::Mul(hn::Set(d, s.fresh2), hn::Mul(g, g)));
  hn::StoreU(mean, d, m);
  hn::StoreU(square, d, v);
  const auto root = hn::Add(hn::Sqrt(hn::Mul(square, hn::Set(d, s.unbias2))), hn::Set(d, s.epsilon));
  return hn::Div(mean, root);
}

}  // namespace retrograd::optim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
