// What the losses of the residual e = z − y share: shape rule and loops. A room says only what one e adds to the row's
// loss and how the loss answers to e. Kernel and reference call the same two functions in the same order.
#pragma once

#include "ops/require.hpp"
#include "retrograd/operator.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {

/// z and y [N, K] -> l [N, 1].
inline Shapes residual_shape(const OperatorInfo& info, const Signature& s, double flops) {
  require_signature(info, s);
  require_same_features(info, s, 1);
  Shapes shapes;
  shapes.output = 1;
  shapes.flops_forward = shapes.flops_backward = flops * s.features[0];
  return shapes;
}

/// `Term` has `T add(T e, T attribute, T sum)`, the sum after one more residual, and `T gain(T e, T attribute)`, ∂l/∂z.
/// Features ascend, so that a row's loss is one chain. `attribute` is the first attribute, or 0 where there is none.
template <class Term>
struct ResidualLoss {
  static void forward(const Call& c, Span panels) {
    const int features = c.features(0);
    const float attribute = attribute_of<float>(c);
    for (int64_t p = panels.begin; p < panels.end; ++p) {
      const size_t first = static_cast<size_t>(p * kPanel);
      const float* z = c.x[0] + first * static_cast<size_t>(features);
      const float* y = c.x[1] + first * static_cast<size_t>(features);
      float sum[kPanel] = {};
      for (int k = 0; k < features; ++k, z += kPanel, y += kPanel) {
        for (int lane = 0; lane < kPanel; ++lane) sum[lane] = Term::add(z[lane] - y[lane], attribute, sum[lane]);
      }
      for (int lane = 0; lane < kPanel; ++lane) c.y[first + static_cast<size_t>(lane)] = sum[lane];
    }
  }

  static void backward(const Call& c, Span panels) {
    if (c.dx[0] == nullptr) return;
    const int features = c.features(0);
    const float attribute = attribute_of<float>(c);
    for (int64_t p = panels.begin; p < panels.end; ++p) {
      const size_t first = static_cast<size_t>(p * kPanel);
      const float* z = c.x[0] + first * static_cast<size_t>(features);
      const float* y = c.x[1] + first * static_cast<size_t>(features);
      const float* dy = c.dy + first;
      float* dz = c.dx[0] + first * static_cast<size_t>(features);
      for (int k = 0; k < features; ++k, z += kPanel, y += kPanel, dz += kPanel) {
        for (int lane = 0; lane < kPanel; ++lane) dz[lane] = dy[lane] * Term::gain(z[lane] - y[lane], attribute);
      }
    }
  }

  template <class T>
  static void reference_forward(const Reference<T>& r) {
    const int features = r.features(0);
    for (int64_t n = 0; n < r.rows; ++n) {
      T sum = 0;
      for (int k = 0; k < features; ++k) {
        sum = Term::add(r.x[0][n * features + k] - r.x[1][n * features + k], attribute_of<T>(r), sum);
      }
      r.y[n] = sum;
    }
  }

  template <class T>
  static void reference_backward(const Reference<T>& r) {
    if (r.dx[0] == nullptr) return;
    const int features = r.features(0);
    for (int64_t n = 0; n < r.rows; ++n) {
      for (int k = 0; k < features; ++k) {
        const int64_t at = n * features + k;
        r.dx[0][at] = r.dy[n] * Term::gain(r.x[0][at] - r.x[1][at], attribute_of<T>(r));
      }
    }
  }

 private:
  template <class T, class Use>
  static T attribute_of(const Use& use) {
    return use.signature->attributes.empty() ? T{0} : static_cast<T>(use.signature->attributes[0]);
  }
};

}  // namespace retrograd::ops
