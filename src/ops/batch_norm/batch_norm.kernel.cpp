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

/// Whether a stage is to be done.
HWY_INLINE bool Does(const Call& c, int stage) { return c.stage < 0 || c.stage == stage; }

/// Sums of kCount features from j on.
template <int kCount>
HWY_INLINE void ForwardBatch(const Call& c, int j) {
  const FloatTag d;
  float* const mean = c.workspace_batch + j;
  float* const scale = c.workspace_batch + c.features(0) + j;
  const auto count = static_cast<float>(c.all_rows());
  if (Does(c, 0)) {
    SumsOverRows<kCount>(
        c,
        [&](int k, int64_t p, size_t lane, FloatVector sum)
            HWY_ATTR { return hn::Add(sum, Load(c, c.x[0], p, j + k, lane)); },
        mean);
  }
  if (Does(c, 1)) {
    for (int k = 0; k < kCount; ++k) mean[k] /= count;
    SumsOverRows<kCount>(
        c,
        [&](int k, int64_t p, size_t lane, FloatVector sum) HWY_ATTR {
          const auto e = hn::Sub(Load(c, c.x[0], p, j + k, lane), hn::Set(d, mean[k]));
          return hn::MulAdd(e, e, sum);
        },
        scale);
  }
  if (!Does(c, 2)) return;
  const auto eps = static_cast<float>(c.attribute(0)), momentum = static_cast<float>(c.attribute(1));
  for (int k = 0; k < kCount; ++k) {
    const float squares = scale[k];
    scale[k] = 1.0f / math::sqrt(squares / count + eps);
    if (c.all_rows() == 1) continue;
    float& running_mean = c.parameters[2][j + k];
    float& running_var = c.parameters[3][j + k];
    running_mean = math::fma(momentum, mean[k] - running_mean, running_mean);
    running_var = math::fma(momentum, squares / static_cast<float>(c.all_rows() - 1) - running_var, running_var);
  }
}

void BatchNormForwardBatch(const Call& c, Span items) {
  const auto end = static_cast<int>(items.end);
  int j = static_cast<int>(items.begin);
  if (!c.training) {
    for (; j < end; ++j) {
      const Normaliser running = FromRunning(c, j);
      c.workspace_batch[j] = running.mean;
      c.workspace_batch[c.features(0) + j] = running.scale;
    }
    return;
  }
  for (; j + 4 <= end; j += 4) ForwardBatch<4>(c, j);
  for (; j < end; ++j) ForwardBatch<1>(c, j);
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

template <int kCount>
HWY_INLINE void BackwardBatch(const Call& c, int j) {
  const FloatTag d;
  const int features = c.features(0);
  const float* const mean = c.workspace_batch + j;
  const float* const scale = mean + features;
  float* const dbeta = c.workspace_batch + 2 * features + j;
  float* const dgamma = dbeta + features;
  if (Does(c, 0)) {
    SumsOverRows<kCount>(
        c,
        [&](int k, int64_t p, size_t lane, FloatVector sum)
            HWY_ATTR { return hn::Add(sum, Load(c, c.dy, p, j + k, lane)); },
        dbeta);
    SumsOverRows<kCount>(
        c,
        [&](int k, int64_t p, size_t lane, FloatVector sum) HWY_ATTR {
          const auto hat = hn::Mul(hn::Sub(Load(c, c.x[0], p, j + k, lane), hn::Set(d, mean[k])), hn::Set(d, scale[k]));
          return hn::MulAdd(Load(c, c.dy, p, j + k, lane), hat, sum);
        },
        dgamma);
  }
  if (!Does(c, 1)) return;
  const auto count = static_cast<float>(c.all_rows());
  for (int k = 0; k < kCount; ++k) {
    if (c.dparameters[0] != nullptr) c.dparameters[0][j + k] = dgamma[k];
    if (c.dparameters[1] != nullptr) c.dparameters[1][j + k] = dbeta[k];
    dbeta[k] = c.training ? dbeta[k] / count : 0.0f;
    dgamma[k] = c.training ? dgamma[k] / count : 0.0f;
  }
}

void BatchNormBackwardBatch(const Call& c, Span items) {
  const auto end = static_cast<int>(items.end);
  int j = static_cast<int>(items.begin);
  for (; j + 4 <= end; j += 4) BackwardBatch<4>(c, j);
  for (; j < end; ++j) BackwardBatch<1>(c, j);
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
