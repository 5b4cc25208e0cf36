// The products of gemm/gemm.hpp as plain loops, for float and double: what the fast ones must equal to the bit.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "retrograd/panel.hpp"
#include "retrograd/shards.hpp"

namespace retrograd::gemm::reference {

/// z[p][o][n] = b[o] + sum_i x[p][i][n] W[i][o] for p < panels; see gemm::forward.
template <class T>
void forward(const T* x, const T* W, const T* b, T* z, int I, int O, int64_t panels) {
  for (int64_t row = 0; row < panels * kPanel; ++row)
    for (int o = 0; o < O; ++o) {
      T sum = b ? b[o] : T(0);
      for (int i = 0; i < I; ++i) sum = std::fma(x[panel_at(row, i, I)], W[int64_t{i} * O + o], sum);
      z[panel_at(row, o, O)] = sum;
    }
}

/// dx[p][i][n] = sum_o W[i][o] delta[p][o][n]; see gemm::backward_input.
template <class T>
void backward_input(const T* delta, const T* W, T* dx, int I, int O, int64_t panels) {
  for (int64_t row = 0; row < panels * kPanel; ++row)
    for (int i = 0; i < I; ++i) {
      T sum = 0;
      for (int o = 0; o < O; ++o) sum = std::fma(W[int64_t{i} * O + o], delta[panel_at(row, o, O)], sum);
      dx[panel_at(row, i, I)] = sum;
    }
}

/// dW[i][o] = sum_{n < N} x[n][i] delta[n][o] and db[o] = sum_{n < N} delta[n][o]; see gemm::backward_weights.
template <class T>
void backward_weights(const T* x, const T* delta, T* dW, T* db, int64_t N, int I, int O,
                      std::span<const Shard> shards = {}) {
  for (int o = 0; o < O; ++o) {
    for (int i = 0; i < I; ++i) {
      dW[int64_t{i} * O + o] = sum_over_shards<T>(N, shards, [&](int64_t begin, int64_t end) {
        T sum = 0;
        for (int64_t n = begin; n < end; ++n) sum = std::fma(x[panel_at(n, i, I)], delta[panel_at(n, o, O)], sum);
        return sum;
      });
    }
    db[o] = sum_over_shards<T>(N, shards, [&](int64_t begin, int64_t end) {
      T sum = 0;
      for (int64_t n = begin; n < end; ++n) sum += delta[panel_at(n, o, O)];
      return sum;
    });
  }
}

}  // namespace retrograd::gemm::reference
