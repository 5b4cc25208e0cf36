// Panels as vectors: one feature of a panel is kVectors vectors of independent samples. Once a SIMD target.
#if defined(RETROGRAD_OPS_LANES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RETROGRAD_OPS_LANES_INL_HPP
#undef RETROGRAD_OPS_LANES_INL_HPP
#else
#define RETROGRAD_OPS_LANES_INL_HPP
#endif

#include <algorithm>

#include "math/math-inl.hpp"
#include "ops/lane_sum.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace vm = math::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVector = hn::Vec<FloatTag>;
static constexpr size_t kVectors = kPanel / hn::MaxLanes(FloatTag());

/// Samples of the panel that are real, for the vector that begins at `lane`.
HWY_INLINE hn::Mask<FloatTag> RealRows(int64_t rows, int64_t panel, size_t lane) {
  const int64_t left = rows - panel * kPanel - static_cast<int64_t>(lane);
  return hn::FirstN(FloatTag(), static_cast<size_t>(std::clamp<int64_t>(left, 0, kPanel)));
}

using FourTag = hn::CappedTag<float, 4>;
using Four = hn::Vec<FourTag>;

/// The lanes of one vector, added at distance half, quarter, … down to four.
template <class D>
HWY_INLINE Four FoldToFour(D, hn::Vec<D> v) {
  if constexpr (hn::MaxLanes(D()) > 4) {
    const hn::Half<D> half;
    return FoldToFour(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  } else {
    return v;
  }
}

/// The rows [begin, end) of kCount sums, each added into a vector, the first steps of combine_lanes:
/// `add(k, panel, lane, sum)` adds a vector of terms. Where registers suffice the sums go side by side, so that none
/// waits for its last term.
template <int kCount, class Add>
HWY_INLINE void LanesOfRows(int64_t begin, int64_t end, const Add& add, FloatVector (&out)[4]) {
  constexpr int kSide = kCount * kVectors <= 8 ? kCount : 1;
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const int64_t full = end / kPanel;
  for (int first = 0; first < kCount; first += kSide) {
    FloatVector sum[kSide][kVectors];
    for (auto& of_one : sum)
      for (FloatVector& s : of_one) s = hn::Zero(d);
    for (int64_t p = begin / kPanel; p < full; ++p)
      for (int k = 0; k < kSide; ++k)
        for (size_t v = 0; v < kVectors; ++v) sum[k][v] = add(first + k, p, v * lanes, sum[k][v]);
    if (full * kPanel < end)
      for (int k = 0; k < kSide; ++k)
        for (size_t v = 0; v < kVectors; ++v)
          sum[k][v] =
              hn::IfThenElse(RealRows(end, full, v * lanes), add(first + k, full, v * lanes, sum[k][v]), sum[k][v]);
    for (int k = 0; k < kSide; ++k) {
      for (size_t half = kVectors / 2; half > 0; half /= 2)
        for (size_t v = 0; v < half; ++v) sum[k][v] = hn::Add(sum[k][v], sum[k][v + half]);
      out[first + k] = sum[k][0];
    }
  }
}

/// The last steps of combine_lanes, of four sums at once.
HWY_INLINE Four Fold(const FloatVector (&sums)[4]) {
  const FloatTag wide;
  const FourTag d;
  const auto pairs = [&](Four a, Four b)
                         HWY_ATTR { return hn::Add(hn::ConcatLowerLower(d, b, a), hn::ConcatUpperUpper(d, b, a)); };
  const auto four = [&](int k) HWY_ATTR { return FoldToFour(wide, sums[k]); };
  const Four low = pairs(four(0), four(1)), high = pairs(four(2), four(3));
  return hn::Add(hn::ConcatEven(d, high, low), hn::ConcatOdd(d, high, low));
}

/// Four sums, and where each of them is.
template <size_t kLanes>
struct FourSums {
  using Vector = Four;
  static constexpr int kPlace[] = {0, 1, 2, 3};
  static HWY_INLINE Vector Fold(const FloatVector (&sums)[4]) { return HWY_NAMESPACE::Fold(sums); }
};

#if HWY_TARGET <= HWY_AVX3
/// In a vector of four blocks the four sums are folded side by side: fewer steps than one after the other, and shards
/// are added as they are.
template <>
struct FourSums<16> {
  using Vector = FloatVector;
  static constexpr int kPlace[] = {0, 8, 4, 12};
  static HWY_INLINE Vector Fold(const FloatVector (&sums)[4]) {
    const FloatTag d;
    const auto halves = [&](FloatVector a, FloatVector b)
                            HWY_ATTR { return hn::Add(hn::ConcatLowerLower(d, b, a), hn::ConcatUpperUpper(d, b, a)); };
    const FloatVector low = halves(sums[0], sums[1]), high = halves(sums[2], sums[3]);
    const FloatVector blocks = hn::Add(hn::OddEvenBlocks(hn::SwapAdjacentBlocks(high), low),
                                       hn::OddEvenBlocks(high, hn::SwapAdjacentBlocks(low)));
    const FloatVector two = hn::Add(blocks, hn::Shuffle1032(blocks));
    return hn::Add(two, hn::Shuffle2301(two));
  }
};
#endif

/// The lane rule (lane_sum.hpp) for kCount <= 4 sums at a time, to out[0 … kCount − 1]: `add(k, panel, lane, sum)` adds
/// one vector of terms to sum k; padding does not count. A shard's sums are multiplied by `factor`.
template <int kCount, class Add>
HWY_INLINE void SumsOverRows(const Call& c, const Add& add, float* out, float factor = 1) {
  using Sums = FourSums<hn::MaxLanes(FloatTag())>;
  const hn::DFromV<typename Sums::Vector> d;
  const Shard all{0, c.rows, 0};
  const Shard* shard = c.shards.empty() ? &all : c.shards.data();
  const Shard* const end = shard + (c.shards.empty() ? 1 : c.shards.size());
  typename Sums::Vector waiting[kMaxWaiting];
  for (size_t count = 0;;) {
    FloatVector lanes[4];
    for (FloatVector& none : lanes) none = hn::Zero(FloatTag());
    LanesOfRows<kCount>(shard->begin, shard->end, add, lanes);
    auto value = hn::Mul(Sums::Fold(lanes), hn::Set(d, factor));
    for (int m = 0; m < shard->merges; ++m) value = hn::Add(waiting[--count], value);
    if (++shard == end) {
      HWY_ALIGN float sums[hn::MaxLanes(d)];
      hn::Store(value, d, sums);
      for (int k = 0; k < kCount; ++k) out[k] = sums[Sums::kPlace[k]];
      return;
    }
    waiting[count++] = value;
  }
}

/// One such sum: `add(panel, lane, sum)`.
template <class Add>
HWY_INLINE float SumOverRows(const Call& c, const Add& add, float factor = 1) {
  float sum;
  SumsOverRows<1>(
      c, [&](int, int64_t p, size_t lane, FloatVector s) HWY_ATTR { return add(p, lane, s); }, &sum, factor);
  return sum;
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
