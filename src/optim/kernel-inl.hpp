// The loops that every optimiser kernel runs, once a SIMD target: whole vectors of each row, then the rest one element
// at a time with the same operations (correctly rounded, so a lane does not know how wide its vector is).
#if defined(RETROGRAD_OPTIM_KERNEL_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RETROGRAD_OPTIM_KERNEL_INL_HPP
#undef RETROGRAD_OPTIM_KERNEL_INL_HPP
#else
#define RETROGRAD_OPTIM_KERNEL_INL_HPP
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "optim/optimizer.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::optim::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// update(d, i) for consecutive runs of Lanes(d) elements i that cover [begin, end) exactly.
template <class Update>
HWY_INLINE void for_range(int64_t begin, int64_t end, const Update& update) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 1> single;
  const auto lanes = static_cast<int64_t>(hn::Lanes(wide));
  int64_t i = begin;
  for (; i + lanes <= end; i += lanes) update(wide, i);
  for (; i < end; ++i) update(single, i);
}

/// update(d, i, gradient) for runs of Lanes(d) elements i that cover the block exactly, i counted from block.at.
template <class Update>
HWY_INLINE void for_block(const Block& block, const float* HWY_RESTRICT gradient, const Update& update) {
  // Whole rows, one after the other in both places, are one.
  const bool whole = block.stride == block.cols && block.gradient_stride == block.cols;
  const int64_t rows = whole ? 1 : block.rows, cols = whole ? block.rows * block.cols : block.cols;
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t begin = row * block.stride;
    const float* g = gradient + row * block.gradient_stride - begin;
    for_range(begin, begin + cols, [&](auto d, int64_t i) HWY_ATTR { update(d, i, hn::LoadU(d, g + i)); });
  }
}

}  // namespace retrograd::optim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
