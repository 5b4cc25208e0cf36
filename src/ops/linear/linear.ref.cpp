// The two passes of linear as plain loops: each element one ascending chain of fused multiply-adds. The outputs are the
// innermost loop where they can be: the chains are the same and the memory is read in order.
#include "ops/linear/linear.hpp"
#include "math/scalar.hpp"

#include <vector>

namespace retrograd::ops {
namespace {

/// out[o] = the tree over the shards of chains from 0, all outputs at a time; `add(row, sums)` adds a row's terms.
template <class T, class Add>
void sum_over_samples(const Reference<T>& r, T* out, std::vector<T>& waiting, const Add& add) {
  const int64_t outputs = r.shapes->output;
  const Shard all{0, r.rows, 0};
  const std::span<const Shard> shards = r.shards.empty() ? std::span(&all, 1) : r.shards;
  T* next = waiting.data();
  for (const Shard& shard : shards) {
    for (int64_t o = 0; o < outputs; ++o) out[o] = 0;
    for (int64_t n = shard.begin; n < shard.end; ++n) add(n, out);
    for (int m = 0; m < shard.merges; ++m) {
      next -= outputs;
      for (int64_t o = 0; o < outputs; ++o) out[o] = next[o] + out[o];
    }
    for (int64_t o = 0; o < outputs; ++o) next[o] = out[o];
    next += outputs;
  }
}

}  // namespace

template <class T>
void Linear::reference_forward(const Reference<T>& r) {
  const int64_t inputs = r.features(0), outputs = r.shapes->output;
  const T* w = r.parameters[0];
  const T* b = has_bias(*r.signature) ? r.parameters[1] : nullptr;
  for (int64_t n = 0; n < r.rows; ++n) {
    T* z = r.y + n * outputs;
    for (int64_t o = 0; o < outputs; ++o) z[o] = b == nullptr ? T{0} : b[o];
    for (int64_t i = 0; i < inputs; ++i) {
      const T x = r.x[0][n * inputs + i];
      for (int64_t o = 0; o < outputs; ++o) z[o] = math::fma(x, w[i * outputs + o], z[o]);
    }
  }
}

template <class T>
void Linear::reference_backward(const Reference<T>& r) {
  const int64_t inputs = r.features(0), outputs = r.shapes->output;
  const T* w = r.parameters[0];
  const T* delta = r.dy;
  if (r.dx[0] != nullptr) {
    for (int64_t n = 0; n < r.rows; ++n) {
      for (int64_t i = 0; i < inputs; ++i) {
        T sum = 0;
        for (int64_t o = 0; o < outputs; ++o) sum = math::fma(delta[n * outputs + o], w[i * outputs + o], sum);
        r.dx[0][n * inputs + i] = sum;
      }
    }
  }
  std::vector<T> waiting(static_cast<size_t>(outputs) * kMaxWaiting);
  for (int64_t i = 0; i < inputs; ++i) {
    sum_over_samples(r, r.dparameters[0] + i * outputs, waiting, [&](int64_t n, T* dw) {
      const T x = r.x[0][n * inputs + i];
      for (int64_t o = 0; o < outputs; ++o) dw[o] = math::fma(x, delta[n * outputs + o], dw[o]);
    });
  }
  if (!has_bias(*r.signature)) return;
  sum_over_samples(r, r.dparameters[1], waiting, [&](int64_t n, T* db) {
    for (int64_t o = 0; o < outputs; ++o) db[o] += delta[n * outputs + o];
  });
}

template void Linear::reference_forward(const Reference<float>&);
template void Linear::reference_forward(const Reference<double>&);
template void Linear::reference_backward(const Reference<float>&);
template void Linear::reference_backward(const Reference<double>&);

}  // namespace retrograd::ops
