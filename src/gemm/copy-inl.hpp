// Copies that bring operands into the order in which the tiles read them.
#if defined(RETROGRAD_COPY_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RETROGRAD_COPY_INL_HPP
#undef RETROGRAD_COPY_INL_HPP
#else
#define RETROGRAD_COPY_INL_HPP
#endif

#include "math/targets.hpp"
// Highway after the choice of targets.
#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace retrograd::gemm::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// to[r * stride + f] = from[f * 32 + r] for r < 8, f < features <= 8: a block of a panel, turned.
HWY_INLINE void turn_block(const float* from, int features, float* to, int64_t stride) {
  const hn::CappedTag<float, 8> d;
  const hn::CappedTag<double, 4> pairs;
  using V = hn::Vec<decltype(d)>;
  V r[8], t[8];
  for (int f = 0; f < 8; ++f) r[f] = f < features ? hn::LoadU(d, from + f * 32) : hn::Zero(d);
  for (int f = 0; f < 8; f += 2) {
    t[f] = hn::InterleaveLower(d, r[f], r[f + 1]);
    t[f + 1] = hn::InterleaveUpper(d, r[f], r[f + 1]);
  }
  // Of four features each: samples (0, 4), (1, 5), (2, 6), (3, 7).
  const auto quads = [&](int first, V* out) HWY_ATTR {
    for (int half = 0; half < 2; ++half) {
      const auto a = hn::BitCast(pairs, t[first + half]), b = hn::BitCast(pairs, t[first + 2 + half]);
      out[2 * half] = hn::BitCast(d, hn::InterleaveLower(pairs, a, b));
      out[2 * half + 1] = hn::BitCast(d, hn::InterleaveUpper(pairs, a, b));
    }
  };
  V low[4], high[4];
  quads(0, low);
  quads(4, high);
  for (int s = 0; s < 4; ++s) {
    r[s] = hn::ConcatLowerLower(d, high[s], low[s]);
    r[s + 4] = hn::ConcatUpperUpper(d, high[s], low[s]);
  }
  if (features == 8) {
    for (int s = 0; s < 8; ++s) hn::StoreU(r[s], d, to + s * stride);
  } else {
    const auto mask = hn::FirstN(d, static_cast<size_t>(features));
    for (int s = 0; s < 8; ++s) hn::BlendedStore(r[s], mask, d, to + s * stride);
  }
}

/// to[n * stride + f] = from[f * 32 + n] for n < 32, f < features: one panel, turned.
HWY_INLINE void turn_panel(const float* from, int features, float* to, int64_t stride) {
  int f = 0;
  for (; f + 8 <= features; f += 8)
    for (int n = 0; n < 32; n += 8) turn_block(from + f * 32 + n, 8, to + n * stride + f, stride);
  if (f < features)
    for (int n = 0; n < 32; n += 8) turn_block(from + f * 32 + n, features - f, to + n * stride + f, stride);
}

}  // namespace retrograd::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
