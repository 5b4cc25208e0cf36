// Philox4x32-10 on vectors: lane i holds the block of sample b + i. The words are those of base/random.hpp.
// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011, sec. 3.3. Once a SIMD target.
#if defined(RETROGRAD_OPS_PHILOX_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RETROGRAD_OPS_PHILOX_INL_HPP
#undef RETROGRAD_OPS_PHILOX_INL_HPP
#else
#define RETROGRAD_OPS_PHILOX_INL_HPP
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "base/random.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

/// The high and the low halves of the 64-bit products of 32-bit lanes.
template <class D, class V>
HWY_INLINE void MulHighLow(D d, V a, V b, V& high, V& low) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::RepartitionToWide<D> wide;
  const auto even = hn::MulEven(a, b);
  const auto odd = hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, a))), b);
  high = hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, hn::ShiftRight<32>(even)));
  low = hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(odd)), hn::BitCast(d, even));
}

/// words[0..3] of philox(seed, purpose, a, b + lane, c) for every lane of the uint32 tag `d`.
template <class D, class V>
HWY_INLINE void PhiloxLanes(D d, uint64_t seed, Purpose purpose, uint64_t a, uint32_t b, uint32_t c, V (&words)[4]) {
  namespace hn = hwy::HWY_NAMESPACE;
  uint32_t key0 = static_cast<uint32_t>(seed);
  uint32_t key1 = static_cast<uint32_t>(seed >> 32) ^ (static_cast<uint32_t>(purpose) * 0x9E3779B9u);
  const V multiplier0 = hn::Set(d, 0xD2511F53u), multiplier1 = hn::Set(d, 0xCD9E8D57u);
  V x0 = hn::Set(d, static_cast<uint32_t>(a)), x1 = hn::Set(d, static_cast<uint32_t>(a >> 32));
  V x2 = hn::Iota(d, b), x3 = hn::Set(d, c);
  for (int round = 0; round < 10; ++round) {
    V high0, low0, high1, low1;
    MulHighLow(d, x0, multiplier0, high0, low0);
    MulHighLow(d, x2, multiplier1, high1, low1);
    x0 = hn::Xor(hn::Xor(high1, x1), hn::Set(d, key0));
    x1 = low1;
    x2 = hn::Xor(hn::Xor(high0, x3), hn::Set(d, key1));
    x3 = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  words[0] = x0;
  words[1] = x1;
  words[2] = x2;
  words[3] = x3;
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
