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

/// The lane rule (lane_sum.hpp): `add(panel, lane, sum)` adds one vector of terms; padding does not count.
template <class Add>
HWY_INLINE float SumOverRows(int64_t rows, const Add& add) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  FloatVector sum[kVectors];
  for (FloatVector& s : sum) s = hn::Zero(d);
  const int64_t full = rows / kPanel;
  for (int64_t p = 0; p < full; ++p) {
    for (size_t v = 0; v < kVectors; ++v) sum[v] = add(p, v * lanes, sum[v]);
  }
  if (full * kPanel < rows) {
    for (size_t v = 0; v < kVectors; ++v) {
      sum[v] = hn::IfThenElse(RealRows(rows, full, v * lanes), add(full, v * lanes, sum[v]), sum[v]);
    }
  }
  HWY_ALIGN float lane[kPanel];
  for (size_t v = 0; v < kVectors; ++v) hn::Store(sum[v], d, lane + v * lanes);
  return combine_lanes(lane);
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
