#include "ops/blend/blend.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/blend/blend.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

void BlendForward(const Call& c, Span panels) {
  const FloatTag d;
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < features; ++j) {
      const auto alpha = hn::Set(d, c.parameters[0][j]);
      const size_t first = panel_at(p * kPanel, j, features);
      for (size_t at = first; at < first + kPanel; at += hn::Lanes(d)) {
        const auto z = hn::LoadU(d, c.x[1] + at);
        hn::StoreU(hn::MulAdd(alpha, hn::Sub(hn::LoadU(d, c.x[0] + at), z), z), d, c.y + at);
      }
    }
  }
}

void BlendGradient(const Call& c, Span items) {
  const FloatTag d;
  const int features = c.features(0);
  for (int64_t item = items.begin; item < items.end; ++item) {
    const int j = static_cast<int>(item);
    c.dparameters[0][j] = SumOverRows(c, [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR {
      const size_t at = panel_at(p * kPanel, j, features) + lane;
      const auto apart = hn::Sub(hn::LoadU(d, c.x[0] + at), hn::LoadU(d, c.x[1] + at));
      return hn::MulAdd(hn::LoadU(d, c.dy + at), apart, sum);
    });
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "math/scalar.hpp"
#include "ops/require.hpp"

namespace retrograd::ops {

HWY_EXPORT(BlendForward);
HWY_EXPORT(BlendGradient);

namespace {

template <class T>
void forward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int j = 0; j < features; ++j) {
      const int64_t at = n * features + j;
      r.y[at] = math::fma(r.parameters[0][j], r.x[0][at] - r.x[1][at], r.x[1][at]);
    }
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int j = 0; j < features; ++j) {
      const int64_t at = n * features + j;
      if (r.dx[0] != nullptr) r.dx[0][at] = r.dy[at] * r.parameters[0][j];
      if (r.dx[1] != nullptr) r.dx[1][at] = r.dy[at] * (T{1} - r.parameters[0][j]);
    }
  }
  if (r.dparameters[0] == nullptr) return;
  for (int j = 0; j < features; ++j) {
    r.dparameters[0][j] = sum_over_rows<T>(r, [&](int64_t n, T sum) {
      const int64_t at = n * features + j;
      return math::fma(r.dy[at], r.x[0][at] - r.x[1][at], sum);
    });
  }
}

}  // namespace

Shapes Blend::shape(const Signature& s) {
  require_signature(info, s);
  require_same_features(info, s, 1);
  const int features = s.features[0];
  Shapes shapes;
  shapes.output = features;
  shapes.parameters = {{.name = "alpha", .cols = features, .initializer = "ones"}};
  shapes.backward_items = features;
  shapes.flops_forward = 3.0 * features;
  shapes.flops_backward = 5.0 * features;
  return shapes;
}

Formula Blend::formula(const Signature&) {
  using formula::symbol;
  const formula::Expr z = symbol("z", {"j"});
  return {Formula::Scope::row, z + symbol("alpha", {"j"}) * (symbol("a", {"j"}) - z)};
}

void Blend::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(BlendForward)(c, panels); }

void Blend::backward(const Call& c, Span panels) {
  const int features = c.features(0);
  for (int k = 0; k < 2; ++k) {
    float* const dx = c.dx[k];
    if (dx == nullptr) continue;
    for (int64_t p = panels.begin; p < panels.end; ++p) {
      for (int j = 0; j < features; ++j) {
        const size_t at = panel_at(p * kPanel, j, features);
        const float share = k == 0 ? c.parameters[0][j] : 1.0f - c.parameters[0][j];
        for (size_t lane = at; lane < at + kPanel; ++lane) dx[lane] = c.dy[lane] * share;
      }
    }
  }
}

void Blend::backward_batch(const Call& c, Span features) {
  if (c.dparameters[0] != nullptr) HWY_DYNAMIC_DISPATCH(BlendGradient)(c, features);
}

void Blend::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Blend::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Blend::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Blend::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Blend::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  const std::string apart = writer.node("Sub", {use.inputs[0], use.inputs[1]});
  return writer.node("Add", {use.inputs[1], writer.node("Mul", {use.parameters[0], apart})});
}

}  // namespace retrograd::ops
#endif
