#include "ops/batch_norm/batch_norm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/batch_norm/batch_norm.kernel.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "math/scalar.hpp"
#include "ops/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

/// One feature of a panel.
HWY_INLINE FloatVector Load(const Call& c, const float* from, int64_t p, int j, size_t lane) {
  return hn::LoadU(FloatTag(), from + panel_at(p * kPanel, j, c.features(0)) + lane);
}

struct Normaliser {
  float mean, scale;
};

HWY_INLINE Normaliser FromBatch(const Call& c, int j) {
  return {c.workspace_batch[j], c.workspace_batch[c.features(0) + j]};
}

/// Prediction needs no pass over the samples before it, so that it works without a workspace.
HWY_INLINE Normaliser FromRunning(const Call& c, int j) {
  return {c.parameters[2][j], 1.0f / math::sqrt(c.parameters[3][j] + static_cast<float>(c.attribute(0)))};
}

void BatchNormForwardBatch(const Call& c, Span items) {
  const FloatTag d;
  const int features = c.features(0);
  const auto eps = static_cast<float>(c.attribute(0));
  const auto momentum = static_cast<float>(c.attribute(1));
  const auto count = static_cast<float>(c.rows);
  for (int64_t item = items.begin; item < items.end; ++item) {
    const int j = static_cast<int>(item);
    if (!c.training) {
      const Normaliser running = FromRunning(c, j);
      c.workspace_batch[j] = running.mean;
      c.workspace_batch[features + j] = running.scale;
      continue;
    }
    const float mean = SumOverRows(c.rows, [&](int64_t p, size_t lane, FloatVector sum)
                                               HWY_ATTR { return hn::Add(sum, Load(c, c.x[0], p, j, lane)); }) /
                       count;
    const auto centre = hn::Set(d, mean);
    const float squares = SumOverRows(c.rows, [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR {
      const auto e = hn::Sub(Load(c, c.x[0], p, j, lane), centre);
      return hn::MulAdd(e, e, sum);
    });
    c.workspace_batch[j] = mean;
    c.workspace_batch[features + j] = 1.0f / math::sqrt(squares / count + eps);
    if (c.rows == 1) continue;
    float& running_mean = c.parameters[2][j];
    float& running_var = c.parameters[3][j];
    running_mean = math::fma(momentum, mean - running_mean, running_mean);
    running_var = math::fma(momentum, squares / static_cast<float>(c.rows - 1) - running_var, running_var);
  }
}

void BatchNormForward(const Call& c, Span panels) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < features; ++j) {
      const Normaliser at = c.training ? FromBatch(c, j) : FromRunning(c, j);
      const auto mean = hn::Set(d, at.mean);
      const auto scale = hn::Set(d, at.scale);
      const auto gamma = hn::Set(d, c.parameters[0][j]);
      const auto beta = hn::Set(d, c.parameters[1][j]);
      for (size_t v = 0; v < kVectors; ++v) {
        const auto hat = hn::Mul(hn::Sub(Load(c, c.x[0], p, j, v * lanes), mean), scale);
        hn::StoreU(hn::MulAdd(hat, gamma, beta), d, c.y + panel_at(p * kPanel, j, features) + v * lanes);
      }
    }
  }
}

void BatchNormBackwardBatch(const Call& c, Span items) {
  const FloatTag d;
  const int features = c.features(0);
  const auto count = static_cast<float>(c.rows);
  for (int64_t item = items.begin; item < items.end; ++item) {
    const int j = static_cast<int>(item);
    const auto mean = hn::Set(d, c.workspace_batch[j]);
    const auto scale = hn::Set(d, c.workspace_batch[features + j]);
    const float dbeta = SumOverRows(c.rows, [&](int64_t p, size_t lane, FloatVector sum)
                                                HWY_ATTR { return hn::Add(sum, Load(c, c.dy, p, j, lane)); });
    const float dgamma = SumOverRows(c.rows, [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR {
      const auto hat = hn::Mul(hn::Sub(Load(c, c.x[0], p, j, lane), mean), scale);
      return hn::MulAdd(Load(c, c.dy, p, j, lane), hat, sum);
    });
    if (c.dparameters[0] != nullptr) c.dparameters[0][j] = dgamma;
    if (c.dparameters[1] != nullptr) c.dparameters[1][j] = dbeta;
    c.workspace_batch[2 * features + j] = c.training ? dbeta / count : 0.0f;
    c.workspace_batch[3 * features + j] = c.training ? dgamma / count : 0.0f;
  }
}

void BatchNormBackward(const Call& c, Span panels) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < features; ++j) {
      const auto mean = hn::Set(d, c.workspace_batch[j]);
      const auto scale = hn::Set(d, c.workspace_batch[features + j]);
      const auto mean_dy = hn::Set(d, c.workspace_batch[2 * features + j]);
      const auto mean_product = hn::Set(d, c.workspace_batch[3 * features + j]);
      const auto gain = hn::Mul(hn::Set(d, c.parameters[0][j]), scale);
      for (size_t v = 0; v < kVectors; ++v) {
        const auto hat = hn::Mul(hn::Sub(Load(c, c.x[0], p, j, v * lanes), mean), scale);
        const auto rest = hn::Sub(Load(c, c.dy, p, j, v * lanes), hn::MulAdd(hat, mean_product, mean_dy));
        // The means would reach into the padding.
        const auto dx = hn::IfThenElseZero(RealRows(c.rows, p, v * lanes), hn::Mul(gain, rest));
        hn::StoreU(dx, d, c.dx[0] + panel_at(p * kPanel, j, features) + v * lanes);
      }
    }
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(BatchNormForwardBatch);
HWY_EXPORT(BatchNormForward);
HWY_EXPORT(BatchNormBackwardBatch);
HWY_EXPORT(BatchNormBackward);

void BatchNorm::forward_batch(const Call& c, Span features) {
  HWY_DYNAMIC_DISPATCH(BatchNormForwardBatch)(c, features);
}

void BatchNorm::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(BatchNormForward)(c, panels); }

void BatchNorm::backward_batch(const Call& c, Span features) {
  HWY_DYNAMIC_DISPATCH(BatchNormBackwardBatch)(c, features);
}

void BatchNorm::backward(const Call& c, Span panels) {
  if (c.dx[0] != nullptr) HWY_DYNAMIC_DISPATCH(BatchNormBackward)(c, panels);
}

}  // namespace retrograd::ops
#endif
