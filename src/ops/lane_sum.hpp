// The lane rule of sums over samples that are not matrix products (gradients of gamma and beta, batch statistics):
// 32 accumulators, sample n adds to accumulator n mod 32, n ascending; then the accumulators are added in pairs at
// distance 16, 8, 4, 2, 1. It fits panels, and depends on neither vector width nor threads. A batch in shards has such
// a sum for each, added by their tree (retrograd/shards.hpp). lanes-inl.hpp is its vectorised form.
#pragma once

#include "retrograd/panel.hpp"
#include "retrograd/shards.hpp"

namespace retrograd::ops {

/// The sum of the accumulators, which it overwrites.
template <class T>
T combine_lanes(T (&lane)[kPanel]) {
  for (int half = kPanel / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lane[i] += lane[i + half];
  }
  return lane[0];
}

/// Σ over the rows of a call or reference; `add(row, sum)` gives the sum with one more term. A shard's sum is
/// multiplied by `factor`.
template <class T, class Use, class Add>
T sum_over_rows(const Use& use, const Add& add, T factor = 1) {
  return sum_over_shards<T>(use.rows, use.shards, [&](int64_t begin, int64_t end) {
    T lane[kPanel] = {};
    for (int64_t n = begin; n < end; ++n) lane[n % kPanel] = add(n, lane[n % kPanel]);
    return combine_lanes(lane) * factor;
  });
}

}  // namespace retrograd::ops
