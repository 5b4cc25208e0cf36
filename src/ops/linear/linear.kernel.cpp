// The kernels of linear on panels: a weight times 32 samples, chains as in linear.ref.cpp.
#include <algorithm>

#include "base/panel.hpp"
#include "math/scalar.hpp"
#include "ops/linear/linear.hpp"

namespace retrograd::ops {

void Linear::forward(const Call& c, Span panels) {
  const int inputs = c.features(0), outputs = c.shapes->output;
  const bool bias = has_bias(*c.signature);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    const float* x = c.x[0] + p * inputs * kPanel;
    float* z = c.y + p * outputs * kPanel;
    for (int o = 0; o < outputs; ++o, z += kPanel) {
      std::fill_n(z, kPanel, bias ? c.parameters[1][o] : 0.0f);
      for (int i = 0; i < inputs; ++i) {
        const float w = c.parameters[0][static_cast<int64_t>(i) * outputs + o];
        for (int lane = 0; lane < kPanel; ++lane) z[lane] = math::fma(x[i * kPanel + lane], w, z[lane]);
      }
    }
  }
}

void Linear::backward(const Call& c, Span panels) {
  const int inputs = c.features(0), outputs = c.shapes->output;
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    const float* delta = c.dy + p * outputs * kPanel;
    float* transposed = c.workspace_rows + p * outputs * kPanel;
    for (int lane = 0; lane < kPanel; ++lane) {
      for (int o = 0; o < outputs; ++o) transposed[lane * outputs + o] = delta[o * kPanel + lane];
    }
    if (c.dx[0] == nullptr) continue;
    float* dx = c.dx[0] + p * inputs * kPanel;
    for (int i = 0; i < inputs; ++i, dx += kPanel) {
      std::fill_n(dx, kPanel, 0.0f);
      const float* w = c.parameters[0] + static_cast<int64_t>(i) * outputs;
      for (int o = 0; o < outputs; ++o) {
        for (int lane = 0; lane < kPanel; ++lane) dx[lane] = math::fma(delta[o * kPanel + lane], w[o], dx[lane]);
      }
    }
  }
}

void Linear::backward_batch(const Call& c, Span items) {
  const int64_t inputs = c.features(0), outputs = c.shapes->output;
  for (int64_t item = items.begin; item < items.end; ++item) {
    const bool bias = item == inputs;
    float* sum = bias ? c.dparameters[1] : c.dparameters[0] + item * outputs;
    std::fill_n(sum, outputs, 0.0f);
    for (int64_t n = 0; n < c.rows; ++n) {
      const float x = bias ? 1.0f : c.x[0][panel_at(n, static_cast<int>(item), c.features(0))];
      const float* delta = c.workspace_rows + n * outputs;
      for (int64_t o = 0; o < outputs; ++o) sum[o] = math::fma(x, delta[o], sum[o]);
    }
  }
}

}  // namespace retrograd::ops
