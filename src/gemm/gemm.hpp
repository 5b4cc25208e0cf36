// The matrix products of the two passes, on panels of 32 samples (retrograd/panel.hpp), float32.
//
// The bits contract: every output element is one chain of fused multiply-adds in ascending k, from the bias or from
// zero. A call's result does not depend on the SIMD target, on tiles or blocks, or on how the ranges were split over
// calls and threads. gemm/reference.hpp says the same in plain loops.
//
// Ranges are half-open and are written whole; nothing outside them is written. Distinct ranges may be computed on
// distinct threads. Inputs and outputs must not overlap. No alignment is asked for (64 bytes is fastest), nothing is
// thrown, nothing is allocated; at most 240 KiB of stack are used. I, O >= 1.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/thread_team.hpp"
#include "retrograd/panel.hpp"
#include "retrograd/shards.hpp"

namespace retrograd::gemm {

/// z[p][o][n] = b[o] + sum_i x[p][i][n] W[i][o], chain from b[o] (0 where b is null), i ascending, for p in `panels`
/// and o in `outputs`. x [P, I, 32], W [I, O], z [P, O, 32].
void forward(const float* x, const float* W, const float* b, float* z, int I, int O, Range panels, Range outputs);

/// dx[p][i][n] = sum_o W[i][o] delta[p][o][n], o ascending from 0, for p in `panels` and i in `inputs`.
/// delta [P, O, 32], W [I, O], dx [P, I, 32].
void backward_input(const float* delta, const float* W, float* dx, int I, int O, Range panels, Range inputs);

/// Takes the gradient of the weights as it is computed, while it is in cache. Every element is given once.
struct Taker {
  /// Rows and columns of the block whose first element is `first` of [I, O]; rows of `sums` lie `stride` apart.
  void (*take)(const void* self, int64_t first, int rows, int cols, const float* sums, int64_t stride) = nullptr;
  const void* self = nullptr;
  std::array<const float*, 3> reads{};  ///< what `take` reads and writes, each [I, O] or null: fetched ahead
};

/// dW[i][o] = sum_{n < N} x[n][i] delta[n][o] and db[o] = sum_{n < N} delta[n][o], n ascending from 0, for i in
/// `inputs` and o in `outputs`. x [ceil(N/32), I, 32], delta [ceil(N/32), O, 32], dW [I, O], db [O]. Where N is 0, both
/// are 0. db is not written where it is null or `inputs` is empty (with several calls over the same outputs: all but
/// one null). Each call turns the delta of its own outputs, so threads share `outputs` rather than `inputs`.
///
/// With `shards` that cover the N rows, every shard is a chain of its own from 0, and the chains are added by the
/// shards' tree (retrograd/shards.hpp). A shard may end before its last panel does: the next one begins with a panel,
/// and the rows between take no part.
///
/// With `taker`, the weights' gradient is given to it block by block, and dW is room for sums: what lies there
/// afterwards means nothing. One of the two ranges must be whole then.
void backward_weights(const float* x, const float* delta, float* dW, float* db, int64_t N, int I, int O, Range inputs,
                      Range outputs, std::span<const Shard> shards = {}, const Taker* taker = nullptr);

/// Rows up to which forward_few is the faster: it reads the weights once and works on `rows` samples, not on 32.
inline constexpr int kFew = 6;

/// The forward product of the first `rows` samples of one panel, 1 <= rows <= kFew; the same chains, so the same bits,
/// as forward(). The other samples' z are not written. x [1, I, 32], z [1, O, 32].
void forward_few(const float* x, const float* W, const float* b, float* z, int rows, int I, int O);

}  // namespace retrograd::gemm
