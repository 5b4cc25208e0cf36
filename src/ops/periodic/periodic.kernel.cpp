#include "ops/periodic/periodic.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/periodic/periodic.kernel.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct Sizes {
  explicit Sizes(const Call& c)
      : F(c.features(0)), K(Periodic::frequencies(*c.signature)), M(Periodic::outputs(*c.signature)) {}
  /// Place of the cosines of wave k of feature i in `saved`; the sines follow after F·K features.
  size_t wave(int64_t p, int k, int i) const { return panel_at(p * kPanel, k * F + i, 2 * F * K); }
  size_t sines() const { return static_cast<size_t>(F) * static_cast<size_t>(K) * kPanel; }
  const int F, K, M;
};

void PeriodicForward(const Call& c, Span panels) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const Sizes s(c);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int i = 0; i < s.F; ++i) {
      const float* x = c.x[0] + panel_at(p * kPanel, i, s.F);
      float* y = c.y + panel_at(p * kPanel, i * s.M, s.F * s.M);
      for (int m = 0; m < s.M; ++m) std::fill_n(y + m * kPanel, kPanel, c.parameters[Periodic::kOffset][i * s.M + m]);
      for (int k = 0; k < s.K; ++k) {
        const float w = c.parameters[Periodic::kFrequency][k * s.F + i] * static_cast<float>(Periodic::kTwoPi);
        const auto turn = hn::Set(d, w), phase = hn::Set(d, c.parameters[Periodic::kPhase][k * s.F + i]);
        const float* V = c.parameters[Periodic::kMix] + k * s.F * s.M + i * s.M;
        for (size_t lane = 0; lane < kPanel; lane += lanes) {
          const auto angle = hn::MulAdd(hn::LoadU(d, x + lane), turn, phase);
          const auto cosine = vm::Cos(d, angle);
          if (c.saved != nullptr) {
            float* saved = c.saved + s.wave(p, k, i) + lane;
            hn::StoreU(cosine, d, saved);
            hn::StoreU(vm::Sin(d, angle), d, saved + s.sines());
          }
          for (int m = 0; m < s.M; ++m) {
            float* to = y + m * kPanel + lane;
            hn::StoreU(hn::MulAdd(hn::Set(d, V[m]), cosine, hn::LoadU(d, to)), d, to);
          }
        }
      }
    }
  }
}

/// ∂l/∂angle of one vector of samples of wave k of feature i.
HWY_INLINE FloatVector AngleGradient(const Call& c, const Sizes& s, int64_t p, int k, int i, size_t lane) {
  const FloatTag d;
  const float* V = c.parameters[Periodic::kMix] + k * s.F * s.M + i * s.M;
  const float* dy = c.dy + panel_at(p * kPanel, i * s.M, s.F * s.M) + lane;
  FloatVector sum = hn::Zero(d);
  for (int m = 0; m < s.M; ++m) sum = hn::MulAdd(hn::Set(d, V[m]), hn::LoadU(d, dy + m * kPanel), sum);
  return hn::Neg(hn::Mul(hn::LoadU(d, c.saved + s.wave(p, k, i) + s.sines() + lane), sum));
}

void PeriodicBackward(const Call& c, Span panels) {
  const FloatTag d;
  const Sizes s(c);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int i = 0; i < s.F; ++i) {
      for (size_t lane = 0; lane < kPanel; lane += hn::Lanes(d)) {
        FloatVector sum = hn::Zero(d);
        for (int k = 0; k < s.K; ++k) {
          const float w = c.parameters[Periodic::kFrequency][k * s.F + i] * static_cast<float>(Periodic::kTwoPi);
          sum = hn::MulAdd(hn::Set(d, w), AngleGradient(c, s, p, k, i, lane), sum);
        }
        hn::StoreU(sum, d, c.dx[0] + panel_at(p * kPanel, i, s.F) + lane);
      }
    }
  }
}

void PeriodicGradients(const Call& c, Span items) {
  const FloatTag d;
  const Sizes s(c);
  for (int64_t item = items.begin; item < items.end; ++item) {
    const int i = static_cast<int>(item);
    const auto dy = [&](int64_t p, size_t lane, int m)
                        HWY_ATTR { return hn::LoadU(d, c.dy + panel_at(p * kPanel, i * s.M + m, s.F * s.M) + lane); };
    for (int k = 0; k < s.K; ++k) {
      const auto frequency = [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR {
        const auto x = hn::LoadU(d, c.x[0] + panel_at(p * kPanel, i, s.F) + lane);
        return hn::MulAdd(AngleGradient(c, s, p, k, i, lane), x, sum);
      };
      c.dparameters[Periodic::kFrequency][k * s.F + i] =
          SumOverRows(c, frequency, static_cast<float>(Periodic::kTwoPi));
      c.dparameters[Periodic::kPhase][k * s.F + i] =
          SumOverRows(c, [&](int64_t p, size_t lane, FloatVector sum)
                             HWY_ATTR { return hn::Add(sum, AngleGradient(c, s, p, k, i, lane)); });
      for (int m = 0; m < s.M; ++m) {
        c.dparameters[Periodic::kMix][k * s.F * s.M + i * s.M + m] =
            SumOverRows(c, [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR {
              return hn::MulAdd(hn::LoadU(d, c.saved + s.wave(p, k, i) + lane), dy(p, lane, m), sum);
            });
      }
    }
    for (int m = 0; m < s.M; ++m) {
      c.dparameters[Periodic::kOffset][i * s.M + m] = SumOverRows(
          c, [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR { return hn::Add(sum, dy(p, lane, m)); });
    }
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(PeriodicForward);
HWY_EXPORT(PeriodicBackward);
HWY_EXPORT(PeriodicGradients);

void Periodic::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(PeriodicForward)(c, panels); }

void Periodic::backward(const Call& c, Span panels) {
  if (c.dx[0] != nullptr) HWY_DYNAMIC_DISPATCH(PeriodicBackward)(c, panels);
}

void Periodic::backward_batch(const Call& c, Span features) { HWY_DYNAMIC_DISPATCH(PeriodicGradients)(c, features); }

}  // namespace retrograd::ops
#endif
