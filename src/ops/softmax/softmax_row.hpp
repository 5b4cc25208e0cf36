// The same exponentials for one row, for the references of softmax and softmax_xent.
#pragma once

#include "math/scalar.hpp"

namespace retrograd::ops {

template <class T>
struct SoftmaxRow {
  T largest;  ///< M = max_k z_k
  T sum;      ///< Σ_k exp(z_k − M), k ascending
};

/// e_k = exp(z_k − M) into `e` [features].
template <class T>
SoftmaxRow<T> softmax_exponentials(const T* z, int features, T* e) {
  SoftmaxRow<T> row{z[0], 0};
  for (int k = 1; k < features; ++k) row.largest = row.largest > z[k] ? row.largest : z[k];
  for (int k = 0; k < features; ++k) {
    e[k] = math::exp(z[k] - row.largest);
    row.sum += e[k];
  }
  return row;
}

}  // namespace retrograd::ops
