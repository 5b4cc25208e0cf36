// The matrix products of the two passes, on panels of 32 samples (base/panel.hpp), float32.
//
// The bits contract: every output element is one chain of fused multiply-adds in ascending k, from the bias or from
// zero. A call's result does not depend on the SIMD target, on tiles or blocks, or on how the ranges were split over
// calls and threads. gemm/reference.hpp says the same in plain loops.
//
// Ranges are half-open and are written whole; nothing outside them is written. Distinct ranges may be computed on
// distinct threads. Inputs and outputs must not overlap. No alignment is asked for (64 bytes is fastest), nothing is
// allocated, nothing is thrown; at most 80 KiB of stack are used. I, O >= 1.
#pragma once

#include <cstdint>

#include "base/panel.hpp"
#include "base/thread_team.hpp"

namespace retrograd::gemm {

/// z[p][o][n] = b[o] + sum_i x[p][i][n] W[i][o], chain from b[o] (0 where b is null), i ascending, for p in `panels`
/// and o in `outputs`. x [P, I, 32], W [I, O], z [P, O, 32].
void forward(const float* x, const float* W, const float* b, float* z, int I, int O, Range panels, Range outputs);
inline void forward(const float* x, const float* W, const float* b, float* z, int I, int O, Range panels) {
  forward(x, W, b, z, I, O, panels, {0, O});
}

/// dx[p][i][n] = sum_o W[i][o] delta[p][o][n], o ascending from 0, for p in `panels` and i in `inputs`.
/// delta [P, O, 32], W [I, O], dx [P, I, 32].
void backward_input(const float* delta, const float* W, float* dx, int I, int O, Range panels, Range inputs);
inline void backward_input(const float* delta, const float* W, float* dx, int I, int O, Range panels) {
  backward_input(delta, W, dx, I, O, panels, {0, I});
}

/// rows[n][o] = delta[n / 32][o][n % 32] for every n of `panels`, padding included. rows [32 P, O].
void transpose(const float* delta, float* rows, int O, Range panels);

/// dW[i][o] = sum_{n < N} x[n][i] rows[n][o], n ascending from 0, for i in `inputs` and o in `outputs`.
/// x [ceil(N/32), I, 32], rows [N, O], dW [I, O]. Where N is 0, dW is 0.
void backward_weights(const float* x, const float* rows, float* dW, int64_t N, int I, int O, Range inputs,
                      Range outputs);
inline void backward_weights(const float* x, const float* rows, float* dW, int64_t N, int I, int O, Range inputs) {
  backward_weights(x, rows, dW, N, I, O, inputs, {0, O});
}

/// backward_weights and backward_bias in one pass straight from delta [ceil(N/32), O, 32], the same bits: no
/// transpose() and no rows are needed. Each call turns the delta of its own outputs, so threads share `outputs` rather
/// than `inputs`. Writes db for o in `outputs` unless db is null or `inputs` is empty (with several calls over the same
/// outputs: all but one null).
void backward_weights_panels(const float* x, const float* delta, float* dW, float* db, int64_t N, int I, int O,
                             Range inputs, Range outputs);

/// db[o] = sum_{n < N} rows[n][o], n ascending from 0, for o in `outputs`. rows [N, O], db [O].
void backward_bias(const float* rows, float* db, int64_t N, int O, Range outputs);

/// The forward product of a few rows, vector along the outputs: z[n][o] = b[o] + sum_i x[n][i] W[i][o] for n in [0, N)
/// and o in `outputs`; the same chain, so the same bits, as forward(). Row-major x [N, I], z [N, O].
void forward_rows(const float* x, const float* W, const float* b, float* z, int64_t N, int I, int O, Range outputs);
inline void forward_rows(const float* x, const float* W, const float* b, float* z, int64_t N, int I, int O) {
  forward_rows(x, W, b, z, N, I, O, {0, O});
}

}  // namespace retrograd::gemm
