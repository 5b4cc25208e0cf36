// The vectorised forms of regularize.hpp: the operations of regularize_ref.hpp, a vector at a time.
#include <algorithm>
#include <array>
#include <cmath>

#include "math/targets.hpp"
#include "optim/regularize.hpp"
#include "optim/regularize_ref.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optim/regularize.kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "optim/kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::optim::HWY_NAMESPACE {

using Wide = hn::ScalableTag<double>;
using Half = hn::Rebind<float, Wide>;  // as many floats as a vector has doubles

struct AddSquare {
  template <class V>
  HWY_INLINE V operator()(V sum, V x) const {
    return hn::MulAdd(x, x, sum);
  }
};
struct AddAbsolute {
  template <class V>
  HWY_INLINE V operator()(V sum, V x) const {
    return hn::Add(sum, hn::Abs(x));
  }
};

/// All 32 virtual lanes live in registers; a last incomplete group of 32 is padded with zeros, which add nothing.
template <class Add>
HWY_INLINE void chunk_sums(const float* x, int64_t count, double* sums, int64_t begin, int64_t end, const Add& add) {
  constexpr Wide d;
  constexpr Half half;
  constexpr size_t kLanes = hn::MaxLanes(d);
  constexpr size_t kVectors = kVirtualLanes / kLanes;
  for (int64_t c = begin; c < end; ++c) {
    hn::Vec<Wide> acc[kVectors];
    for (size_t v = 0; v < kVectors; ++v) acc[v] = hn::Zero(d);
    const int64_t stop = std::min(count, (c + 1) * kChunk);
    int64_t i = c * kChunk;
    for (; i + kVirtualLanes <= stop; i += kVirtualLanes) {
      for (size_t v = 0; v < kVectors; ++v) {
        acc[v] = add(acc[v], hn::PromoteTo(d, hn::LoadU(half, x + i + static_cast<int64_t>(v * kLanes))));
      }
    }
    if (i < stop) {
      float rest[kVirtualLanes] = {};
      std::copy(x + i, x + stop, rest);
      for (size_t v = 0; v < kVectors; ++v) {
        acc[v] = add(acc[v], hn::PromoteTo(d, hn::LoadU(half, rest + v * kLanes)));
      }
    }
    std::array<double, kVirtualLanes> lanes;
    for (size_t v = 0; v < kVectors; ++v) hn::StoreU(acc[v], d, lanes.data() + v * kLanes);
    sums[c] = reference::fold(lanes);
  }
}

void square_sums(const float* x, int64_t count, double* sums, int64_t begin, int64_t end) {
  chunk_sums(x, count, sums, begin, end, AddSquare{});
}

void absolute_sums(const float* x, int64_t count, double* sums, int64_t begin, int64_t end) {
  chunk_sums(x, count, sums, begin, end, AddAbsolute{});
}

struct Scale {
  float* HWY_RESTRICT x;
  float factor;
  template <class D>
  HWY_INLINE void operator()(D d, int64_t i) const {
    hn::StoreU(hn::Mul(hn::Set(d, factor), hn::LoadU(d, x + i)), d, x + i);
  }
};
void scale_range(float* x, double factor, int64_t begin, int64_t end) {
  for_range(begin, end, Scale{x, static_cast<float>(factor)});
}

struct ClipByValue {
  float* HWY_RESTRICT x;
  float high;
  template <class D>
  HWY_INLINE void operator()(D d, int64_t i) const {
    const auto top = hn::Set(d, high);
    const auto bottom = hn::Set(d, -high);
    const auto value = hn::LoadU(d, x + i);
    // Comparisons with NaN are false, so NaN stays; Min and Max would hide it.
    const auto capped = hn::IfThenElse(hn::Gt(value, top), top, value);
    hn::StoreU(hn::IfThenElse(hn::Lt(value, bottom), bottom, capped), d, x + i);
  }
};
void clip_range(float* x, double limit, int64_t begin, int64_t end) {
  for_range(begin, end, ClipByValue{x, static_cast<float>(limit)});
}

struct AddL1 {
  float* HWY_RESTRICT gradient;
  const float* HWY_RESTRICT theta;
  float lambda;
  template <class D>
  HWY_INLINE void operator()(D d, int64_t i) const {
    const auto zero = hn::Zero(d);
    const auto value = hn::LoadU(d, theta + i);
    const auto above = hn::IfThenElse(hn::Gt(value, zero), hn::Set(d, lambda), zero);
    const auto term = hn::IfThenElse(hn::Lt(value, zero), hn::Set(d, -lambda), above);
    hn::StoreU(hn::Add(hn::LoadU(d, gradient + i), term), d, gradient + i);
  }
};
void l1_range(float* gradient, const float* theta, double lambda, int64_t begin, int64_t end) {
  for_range(begin, end, AddL1{gradient, theta, static_cast<float>(lambda)});
}

struct AddL2 {
  float* HWY_RESTRICT gradient;
  const float* HWY_RESTRICT theta;
  float lambda;
  template <class D>
  HWY_INLINE void operator()(D d, int64_t i) const {
    hn::StoreU(hn::MulAdd(hn::Set(d, lambda), hn::LoadU(d, theta + i), hn::LoadU(d, gradient + i)), d, gradient + i);
  }
};
void l2_range(float* gradient, const float* theta, double lambda, int64_t begin, int64_t end) {
  for_range(begin, end, AddL2{gradient, theta, static_cast<float>(lambda)});
}

/// Lanes are columns: each has its own chain over the inputs.
template <class D64>
HWY_INLINE void limit_columns(D64 d, float* W, int64_t inputs, int64_t outputs, double limit, int64_t j) {
  const hn::Rebind<float, D64> half;
  auto square = hn::Zero(d);
  for (int64_t i = 0; i < inputs; ++i) {
    const auto w = hn::PromoteTo(d, hn::LoadU(half, W + i * outputs + j));
    square = hn::MulAdd(w, w, square);
  }
  const auto length = hn::Sqrt(square);
  const auto above = hn::Gt(length, hn::Set(d, limit));
  if (hn::AllFalse(d, above)) return;
  const auto factor = hn::DemoteTo(half, hn::IfThenElse(above, hn::Div(hn::Set(d, limit), length), hn::Set(d, 1.0)));
  for (int64_t i = 0; i < inputs; ++i) {
    float* w = W + i * outputs + j;
    hn::StoreU(hn::Mul(hn::LoadU(half, w), factor), half, w);
  }
}

void max_norm_columns(float* W, int64_t inputs, int64_t outputs, double limit, int64_t begin, int64_t end) {
  constexpr Wide d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t j = begin;
  for (; j + lanes <= end; j += lanes) limit_columns(d, W, inputs, outputs, limit, j);
  for (; j < end; ++j) limit_columns(hn::CappedTag<double, 1>(), W, inputs, outputs, limit, j);
}

}  // namespace retrograd::optim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::optim {

HWY_EXPORT(square_sums);
HWY_EXPORT(absolute_sums);
HWY_EXPORT(scale_range);
HWY_EXPORT(clip_range);
HWY_EXPORT(l1_range);
HWY_EXPORT(l2_range);
HWY_EXPORT(max_norm_columns);

void chunk_square_sums(const float* x, int64_t count, double* sums, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(square_sums)(x, count, sums, begin, end);
}
void chunk_absolute_sums(const float* x, int64_t count, double* sums, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(absolute_sums)(x, count, sums, begin, end);
}
void scale(float* x, double factor, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(scale_range)(x, factor, begin, end);
}
void clip_by_value(float* x, double limit, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(clip_range)(x, limit, begin, end);
}
void add_l1(float* gradient, const float* theta, double lambda, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(l1_range)(gradient, theta, lambda, begin, end);
}
void add_l2(float* gradient, const float* theta, double lambda, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(l2_range)(gradient, theta, lambda, begin, end);
}
void max_norm(float* W, int64_t inputs, int64_t outputs, double limit, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(max_norm_columns)(W, inputs, outputs, limit, begin, end);
}

}  // namespace retrograd::optim
#endif
