// Penalties, constraints and clipping, over ranges of the flat parameter and gradient buffers.
//
// Elementwise functions may be split into any ranges. Sums run over a fixed tree that knows nothing of threads or
// vector widths, so they may be split over chunks:
//   * chunk c covers elements [4096·c, 4096·(c+1)) of the range summed;
//   * inside a chunk, virtual lane l of 32 adds elements l, l+32, l+64, … in ascending order, in double, by one chain
//   of
//     fused multiply-adds (squares; a float's square is exact in double) or additions (absolute values) from 0;
//   * lanes are folded: l += l+16, then 8, 4, 2, 1;
//   * chunk sums are added in pairs (0+1, 2+3, …), again and again; an odd last one moves up as it is.
#pragma once

#include <cstdint>
#include <span>

namespace retrograd::optim {

inline constexpr int64_t kChunk = 4096;
inline constexpr int kVirtualLanes = 32;

/// Chunks that `count` elements take.
constexpr int64_t chunks_of(int64_t count) { return (count + kChunk - 1) / kChunk; }

/// sums[c] = Σ x² over chunk c of x [count], for c in [begin, end).
void chunk_square_sums(const float* x, int64_t count, double* sums, int64_t begin, int64_t end);
/// sums[c] = Σ |x| over chunk c of x [count], for c in [begin, end).
void chunk_absolute_sums(const float* x, int64_t count, double* sums, int64_t begin, int64_t end);
/// The sum of all chunks by the pairwise tree. Overwrites `sums`. 0 if there is none.
double combine(std::span<double> sums);

/// √Σ x² over all of x [count] on the calling thread, by the same tree. Not finite only if an element is not.
double norm(const float* x, int64_t count);

/// min(1, limit / norm): the factor that clips a gradient of that norm to `limit` > 0 (Pascanu, Mikolov & Bengio, "On
/// the difficulty of training recurrent neural networks", ICML 2013, Algorithm 1). Give it to StepArgs::gradient_scale
/// or to `scale`. Throws Error if the norm is not finite (training diverges) or the limit is not positive.
double clip_factor(double norm, double limit);

/// x ← factor·x on [begin, end); the factor is rounded once to float.
void scale(float* x, double factor, int64_t begin, int64_t end);
/// x ← x clipped to [−limit, limit] on [begin, end); NaN stays NaN.
void clip_by_value(float* x, double limit, int64_t begin, int64_t end);

/// L1 penalty λ·Σ|θ|: gradient ← gradient + λ·sign(θ) on [begin, end), sign(0) = 0.
void add_l1(float* gradient, const float* theta, double lambda, int64_t begin, int64_t end);
/// L2 penalty ½·λ·Σθ²: gradient ← gradient + λ·θ (fused) on [begin, end).
void add_l2(float* gradient, const float* theta, double lambda, int64_t begin, int64_t end);
/// The value of both penalties for `theta` [count], by the tree: l1·Σ|θ| + ½·l2·Σθ².
double penalty(const float* theta, int64_t count, double l1, double l2);

/// Max-norm constraint (Srebro & Shraibman 2005; Hinton et al., "Improving neural networks by preventing co-adaptation
/// of feature detectors", 2012): the weights into one output unit, a column of W [inputs, outputs] row-major, are
/// scaled back to Euclidean norm `limit` > 0 if theirs is larger. The norm is a chain over ascending inputs in double;
/// the factor is rounded once to float. Columns [begin, end).
void max_norm(float* W, int64_t inputs, int64_t outputs, double limit, int64_t begin, int64_t end);

}  // namespace retrograd::optim
