// The lane rule of sums over samples that are not matrix products (gradients of gamma and beta, batch statistics):
// 32 accumulators, sample n adds to accumulator n mod 32, n ascending; then the accumulators are added in pairs at
// distance 16, 8, 4, 2, 1. It fits panels, and depends on neither vector width nor threads. lanes-inl.hpp is its
// vectorised form.
#pragma once

#include "retrograd/panel.hpp"

namespace retrograd::ops {

/// The sum of the accumulators, which it overwrites.
template <class T>
T combine_lanes(T (&lane)[kPanel]) {
  for (int half = kPanel / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lane[i] += lane[i + half];
  }
  return lane[0];
}

/// Σ over rows 0 … rows − 1; `add(row, sum)` gives the sum with one more term.
template <class T, class Add>
T sum_over_rows(int64_t rows, const Add& add) {
  T lane[kPanel] = {};
  for (int64_t n = 0; n < rows; ++n) lane[n % kPanel] = add(n, lane[n % kPanel]);
  return combine_lanes(lane);
}

}  // namespace retrograd::ops
