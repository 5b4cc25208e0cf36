// The stable exponentials that softmax and softmax_xent share, for one panel; once a SIMD target.
#if defined(RETROGRAD_OPS_SOFTMAX_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RETROGRAD_OPS_SOFTMAX_INL_HPP
#undef RETROGRAD_OPS_SOFTMAX_INL_HPP
#else
#define RETROGRAD_OPS_SOFTMAX_INL_HPP
#endif

#include "ops/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

/// e_k = exp(z_k − M), with M = max_k z_k, into `e` [features][32] unless it is null; M and Σ_k e_k (k ascending) of
/// every lane.
HWY_INLINE void SoftmaxExponentials(const float* z, int features, float* e, FloatVector (&largest)[kVectors],
                                    FloatVector (&sum)[kVectors]) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  for (size_t v = 0; v < kVectors; ++v) {
    largest[v] = hn::LoadU(d, z + v * lanes);
    sum[v] = hn::Zero(d);
  }
  for (int k = 1; k < features; ++k) {
    for (size_t v = 0; v < kVectors; ++v) {
      largest[v] = hn::Max(largest[v], hn::LoadU(d, z + static_cast<size_t>(k) * kPanel + v * lanes));
    }
  }
  for (int k = 0; k < features; ++k) {
    for (size_t v = 0; v < kVectors; ++v) {
      const size_t at = static_cast<size_t>(k) * kPanel + v * lanes;
      const auto exponential = vm::Exp(d, hn::Sub(hn::LoadU(d, z + at), largest[v]));
      if (e != nullptr) hn::StoreU(exponential, d, e + at);
      sum[v] = hn::Add(sum[v], exponential);
    }
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
