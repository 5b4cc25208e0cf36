#include "ops/layer_norm/layer_norm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/layer_norm/layer_norm.kernel.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

void LayerNormForward(const Call& c, Span panels) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const int features = c.features(0);
  const auto count = hn::Set(d, static_cast<float>(features));
  const auto eps = hn::Set(d, static_cast<float>(c.attribute(0)));
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    const float* x = c.x[0] + panel_at(p * kPanel, 0, features);
    float* y = c.y + panel_at(p * kPanel, 0, features);
    FloatVector mean[kVectors], scale[kVectors];
    for (size_t v = 0; v < kVectors; ++v) mean[v] = scale[v] = hn::Zero(d);
    for (int i = 0; i < features; ++i) {
      for (size_t v = 0; v < kVectors; ++v) {
        mean[v] = hn::Add(mean[v], hn::LoadU(d, x + static_cast<size_t>(i) * kPanel + v * lanes));
      }
    }
    for (FloatVector& m : mean) m = hn::Div(m, count);
    for (int i = 0; i < features; ++i) {
      for (size_t v = 0; v < kVectors; ++v) {
        const auto e = hn::Sub(hn::LoadU(d, x + static_cast<size_t>(i) * kPanel + v * lanes), mean[v]);
        scale[v] = hn::MulAdd(e, e, scale[v]);
      }
    }
    for (size_t v = 0; v < kVectors; ++v) {
      scale[v] = hn::Div(hn::Set(d, 1.0f), hn::Sqrt(hn::Add(hn::Div(scale[v], count), eps)));
      if (c.saved != nullptr) {
        hn::StoreU(mean[v], d, c.saved + panel_at(p * kPanel, 0, 2) + v * lanes);
        hn::StoreU(scale[v], d, c.saved + panel_at(p * kPanel, 1, 2) + v * lanes);
      }
    }
    for (int j = 0; j < features; ++j) {
      const auto gamma = hn::Set(d, c.parameters[0][j]);
      const auto beta = hn::Set(d, c.parameters[1][j]);
      for (size_t v = 0; v < kVectors; ++v) {
        const size_t at = static_cast<size_t>(j) * kPanel + v * lanes;
        const auto hat = hn::Mul(hn::Sub(hn::LoadU(d, x + at), mean[v]), scale[v]);
        hn::StoreU(hn::MulAdd(hat, gamma, beta), d, y + at);
      }
    }
  }
}

void LayerNormBackward(const Call& c, Span panels) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const int features = c.features(0);
  const auto count = hn::Set(d, static_cast<float>(features));
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    const size_t first = panel_at(p * kPanel, 0, features);
    const float* x = c.x[0] + first;
    const float* dy = c.dy + first;
    FloatVector mean[kVectors], scale[kVectors], sum[kVectors], product[kVectors];
    for (size_t v = 0; v < kVectors; ++v) {
      mean[v] = hn::LoadU(d, c.saved + panel_at(p * kPanel, 0, 2) + v * lanes);
      scale[v] = hn::LoadU(d, c.saved + panel_at(p * kPanel, 1, 2) + v * lanes);
      sum[v] = product[v] = hn::Zero(d);
    }
    for (int i = 0; i < features; ++i) {
      const auto gamma = hn::Set(d, c.parameters[0][i]);
      for (size_t v = 0; v < kVectors; ++v) {
        const size_t at = static_cast<size_t>(i) * kPanel + v * lanes;
        const auto g = hn::Mul(hn::LoadU(d, dy + at), gamma);
        const auto hat = hn::Mul(hn::Sub(hn::LoadU(d, x + at), mean[v]), scale[v]);
        sum[v] = hn::Add(sum[v], g);
        product[v] = hn::MulAdd(g, hat, product[v]);
      }
    }
    for (size_t v = 0; v < kVectors; ++v) {
      sum[v] = hn::Div(sum[v], count);
      product[v] = hn::Div(product[v], count);
    }
    for (int j = 0; j < features; ++j) {
      const auto gamma = hn::Set(d, c.parameters[0][j]);
      for (size_t v = 0; v < kVectors; ++v) {
        const size_t at = static_cast<size_t>(j) * kPanel + v * lanes;
        const auto g = hn::Mul(hn::LoadU(d, dy + at), gamma);
        const auto hat = hn::Mul(hn::Sub(hn::LoadU(d, x + at), mean[v]), scale[v]);
        hn::StoreU(hn::Mul(scale[v], hn::Sub(g, hn::MulAdd(hat, product[v], sum[v]))), d, c.dx[0] + first + at);
      }
    }
  }
}

void LayerNormBackwardBatch(const Call& c, Span items) {
  const FloatTag d;
  const int features = c.features(0);
  for (int64_t item = items.begin; item < items.end; ++item) {
    const int j = static_cast<int>(item);
    const auto dy = [&](int64_t p, size_t lane) {
      return hn::LoadU(d, c.dy + panel_at(p * kPanel, j, features) + lane);
    };
    if (c.dparameters[0] != nullptr) {
      c.dparameters[0][j] = SumOverRows(c, [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR {
        const auto mean = hn::LoadU(d, c.saved + panel_at(p * kPanel, 0, 2) + lane);
        const auto scale = hn::LoadU(d, c.saved + panel_at(p * kPanel, 1, 2) + lane);
        const auto x = hn::LoadU(d, c.x[0] + panel_at(p * kPanel, j, features) + lane);
        return hn::MulAdd(dy(p, lane), hn::Mul(hn::Sub(x, mean), scale), sum);
      });
    }
    if (c.dparameters[1] != nullptr) {
      c.dparameters[1][j] =
          SumOverRows(c, [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR { return hn::Add(sum, dy(p, lane)); });
    }
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(LayerNormForward);
HWY_EXPORT(LayerNormBackward);
HWY_EXPORT(LayerNormBackwardBatch);

void LayerNorm::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(LayerNormForward)(c, panels); }

void LayerNorm::backward(const Call& c, Span panels) {
  if (c.dx[0] != nullptr) HWY_DYNAMIC_DISPATCH(LayerNormBackward)(c, panels);
}

void LayerNorm::backward_batch(const Call& c, Span features) {
  HWY_DYNAMIC_DISPATCH(LayerNormBackwardBatch)(c, features);
}

}  // namespace retrograd::ops
#endif
