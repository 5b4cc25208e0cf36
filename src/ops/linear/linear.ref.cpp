// The two passes of linear as plain loops: each element one ascending chain of fused multiply-adds. The outputs are the
// innermost loop where they can be: the chains are the same and the memory is read in order.
#include "ops/linear/linear.hpp"
#include "math/scalar.hpp"

namespace retrograd::ops {

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
  for (int64_t i = 0; i < inputs; ++i) {
    T* dw = r.dparameters[0] + i * outputs;
    for (int64_t o = 0; o < outputs; ++o) dw[o] = 0;
    for (int64_t n = 0; n < r.rows; ++n) {
      const T x = r.x[0][n * inputs + i];
      for (int64_t o = 0; o < outputs; ++o) dw[o] = math::fma(x, delta[n * outputs + o], dw[o]);
    }
  }
  if (!has_bias(*r.signature)) return;
  for (int64_t o = 0; o < outputs; ++o) {
    T sum = 0;
    for (int64_t n = 0; n < r.rows; ++n) sum += delta[n * outputs + o];
    r.dparameters[1][o] = sum;
  }
}

template void Linear::reference_forward(const Reference<float>&);
template void Linear::reference_forward(const Reference<double>&);
template void Linear::reference_backward(const Reference<float>&);
template void Linear::reference_backward(const Reference<double>&);

}  // namespace retrograd::ops
