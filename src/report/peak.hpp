// What the machine could do at most: independent fused multiply-adds in registers.
#pragma once

namespace retrograd::report {

/// Floating-point operations a second (a fused multiply-add is two), in float32, of `threads` >= 1 threads at once with
/// the SIMD target that training uses: the best of a few tries of about a millisecond. Other work on the machine makes
/// it smaller.
double peak_flops(int threads);

}  // namespace retrograd::report
