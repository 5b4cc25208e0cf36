// The SIMD targets that are compiled: AVX2 (the baseline) and AVX-512 (Highway's AVX3). Every file that includes
// hwy/foreach_target.h includes this header first, so that all agree.
#pragma once

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)

#include <hwy/detect_targets.h>

static_assert(HWY_TARGETS == (HWY_AVX2 | HWY_AVX3), "compile with -march=haswell -maes -mpclmul");

namespace retrograd::detail {

/// Applies the environment variable RETROGRAD_SIMD; called before main by whatever program links a vector kernel.
bool simd_from_environment();
inline const bool simd_is_set = simd_from_environment();

}  // namespace retrograd::detail
