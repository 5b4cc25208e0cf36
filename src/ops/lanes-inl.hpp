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

/// combine_lanes of the rows [begin, end), but for its last two steps: `add(panel, lane, sum)` adds a vector of terms.
template <class Add>
HWY_INLINE Four LanesOfRows(int64_t begin, int64_t end, const Add& add) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  FloatVector sum[kVectors];
  for (FloatVector& s : sum) s = hn::Zero(d);
  const int64_t full = end / kPanel;
  for (int64_t p = begin / kPanel; p < full; ++p) {
    for (size_t v = 0; v < kVectors; ++v) sum[v] = add(p, v * lanes, sum[v]);
  }
  if (full * kPanel < end) {
    for (size_t v = 0; v < kVectors; ++v) {
      sum[v] = hn::IfThenElse(RealRows(end, full, v * lanes), add(full, v * lanes, sum[v]), sum[v]);
    }
  }
  for (size_t half = kVectors / 2; half > 0; half /= 2) {
    for (size_t v = 0; v < half; ++v) sum[v] = hn::Add(sum[v], sum[v + half]);
  }
  return FoldToFour(d, sum[0]);
}

/// The last two steps of four sums: lane k becomes that of `sums[k]`.
HWY_INLINE Four FoldFour(const Four (&sums)[4]) {
  const FourTag d;
  const auto pairs = [&](Four a, Four b)
                         HWY_ATTR { return hn::Add(hn::ConcatLowerLower(d, b, a), hn::ConcatUpperUpper(d, b, a)); };
  const Four low = pairs(sums[0], sums[1]), high = pairs(sums[2], sums[3]);
  return hn::Add(hn::ConcatEven(d, high, low), hn::ConcatOdd(d, high, low));
}

/// The lane rule (lane_sum.hpp) for kCount <= 4 sums at a time, to out[0 … kCount − 1]: `add(k, panel, lane, sum)` adds
/// one vector of terms to sum k; padding does not count. A shard's sums are multiplied by `factor`.
template <int kCount, class Add>
HWY_INLINE void SumsOverRows(const Call& c, const Add& add, float* out, float factor = 1) {
  const FourTag d;
  const Shard all{0, c.rows, 0};
  const Shard* shard = c.shards.empty() ? &all : c.shards.data();
  const Shard* const end = shard + (c.shards.empty() ? 1 : c.shards.size());
  Four waiting[kMaxWaiting];
  for (size_t count = 0;;) {
    Four lanes[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    for (int k = 0; k < kCount; ++k) {
      lanes[k] = LanesOfRows(shard->begin, shard->end,
                             [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR { return add(k, p, lane, sum); });
    }
    Four value = hn::Mul(FoldFour(lanes), hn::Set(d, factor));
    for (int m = 0; m < shard->merges; ++m) value = hn::Add(waiting[--count], value);
    if (++shard == end) {
      HWY_ALIGN float sums[4];
      hn::Store(value, d, sums);
      std::copy_n(sums, kCount, out);
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
