// The loop that every optimiser kernel runs, once a SIMD target: whole vectors, then the rest one element at a time
// with the same operations (correctly rounded, so a lane does not know how wide its vector is).
#if defined(RETROGRAD_OPTIM_KERNEL_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RETROGRAD_OPTIM_KERNEL_INL_HPP
#undef RETROGRAD_OPTIM_KERNEL_INL_HPP
#else
#define RETROGRAD_OPTIM_KERNEL_INL_HPP
#endif

#include <cstdint>

#include "optim/optimizer.hpp"

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace retrograd::optim::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// update(d, i) for consecutive runs of Lanes(d) elements that cover [begin, end) exactly.
template <class Update>
HWY_INLINE void for_range(int64_t begin, int64_t end, const Update& update) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 1> single;
  const auto lanes = static_cast<int64_t>(hn::Lanes(wide));
  int64_t i = begin;
  for (; i + lanes <= end; i += lanes) update(wide, i);
  for (; i < end; ++i) update(single, i);
}

/// update(d, i, g) likewise for each row of a block: from i of theta and of the slots, from g of the gradient.
template <class Update>
HWY_INLINE void for_block(const Block& block, const Update& update) {
  for (int64_t row = 0; row < block.rows; ++row) {
    const int64_t at = block.begin + row * block.stride, gradient_at = row * block.gradient_stride;
    for_range(0, block.cols, [&](auto d, int64_t i) HWY_ATTR { update(d, at + i, gradient_at + i); });
  }
}

}  // namespace retrograd::optim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
