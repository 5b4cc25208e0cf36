// What the machine could do at most: independent fused multiply-adds in registers.
#pragma once

namespace retrograd::report {

/// Floating-point operations a second (a fused multiply-add is two), in float32, of `threads` >= 1 threads at once with
/// the SIMD target that training uses: the best of a few tries of about a millisecond, in the threads' processor time,
/// so that other work on a shared machine does not make it smaller. More threads than processors take turns.
double peak_flops(int threads);

}  // namespace retrograd::report
