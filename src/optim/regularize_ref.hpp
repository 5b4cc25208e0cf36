// The plain form of regularize.hpp, templated on the number type: the reference of the float kernels (same bits) and
// what training in double runs.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "optim/regularize.hpp"

namespace retrograd::optim::reference {

/// Folds the virtual lanes of a chunk.
inline double fold(std::array<double, kVirtualLanes>& lanes) {
  for (size_t half = kVirtualLanes / 2; half > 0; half /= 2) {
    for (size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  return lanes[0];
}

template <class T>
void chunk_square_sums(const T* x, int64_t count, double* sums, int64_t begin, int64_t end) {
  for (int64_t c = begin; c < end; ++c) {
    std::array<double, kVirtualLanes> lanes{};
    for (int64_t i = c * kChunk; i < std::min(count, (c + 1) * kChunk); ++i) {
      double& lane = lanes[static_cast<size_t>(i % kVirtualLanes)];
      lane = std::fma(static_cast<double>(x[i]), static_cast<double>(x[i]), lane);
    }
    sums[c] = fold(lanes);
  }
}

template <class T>
void chunk_absolute_sums(const T* x, int64_t count, double* sums, int64_t begin, int64_t end) {
  for (int64_t c = begin; c < end; ++c) {
    std::array<double, kVirtualLanes> lanes{};
    for (int64_t i = c * kChunk; i < std::min(count, (c + 1) * kChunk); ++i) {
      lanes[static_cast<size_t>(i % kVirtualLanes)] += std::abs(static_cast<double>(x[i]));
    }
    sums[c] = fold(lanes);
  }
}

template <class T>
double norm(const T* x, int64_t count) {
  std::vector<double> sums(static_cast<size_t>(chunks_of(count)));
  reference::chunk_square_sums(x, count, sums.data(), 0, chunks_of(count));
  return std::sqrt(combine(sums));
}

template <class T>
double penalty(const T* theta, int64_t count, double l1, double l2) {
  std::vector<double> sums(static_cast<size_t>(chunks_of(count)));
  reference::chunk_absolute_sums(theta, count, sums.data(), 0, chunks_of(count));
  const double absolute = combine(sums);
  reference::chunk_square_sums(theta, count, sums.data(), 0, chunks_of(count));
  return l1 * absolute + 0.5 * l2 * combine(sums);
}

template <class T>
void scale(T* x, double factor, int64_t begin, int64_t end) {
  const T f = static_cast<T>(factor);
  for (int64_t i = begin; i < end; ++i) x[i] = f * x[i];
}

template <class T>
void clip_by_value(T* x, double limit, int64_t begin, int64_t end) {
  const T high = static_cast<T>(limit);
  for (int64_t i = begin; i < end; ++i) x[i] = x[i] > high ? high : (x[i] < -high ? -high : x[i]);
}

template <class T>
void add_l1(T* gradient, const T* theta, double lambda, int64_t begin, int64_t end) {
  const T l = static_cast<T>(lambda);
  for (int64_t i = begin; i < end; ++i) gradient[i] += theta[i] > 0 ? l : (theta[i] < 0 ? -l : T{0});
}

template <class T>
void add_l2(T* gradient, const T* theta, double lambda, int64_t begin, int64_t end) {
  const T l = static_cast<T>(lambda);
  for (int64_t i = begin; i < end; ++i) gradient[i] = std::fma(l, theta[i], gradient[i]);
}

template <class T>
void max_norm(T* W, int64_t inputs, int64_t outputs, double limit, int64_t begin, int64_t end) {
  for (int64_t j = begin; j < end; ++j) {
    double square = 0;
    for (int64_t i = 0; i < inputs; ++i) {
      const double w = W[i * outputs + j];
      square = std::fma(w, w, square);
    }
    const double length = std::sqrt(square);
    if (!(length > limit)) continue;
    const T factor = static_cast<T>(limit / length);
    for (int64_t i = 0; i < inputs; ++i) W[i * outputs + j] *= factor;
  }
}

}  // namespace retrograd::optim::reference
