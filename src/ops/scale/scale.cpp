#include "ops/scale/scale.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/scale/scale.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

void ScaleGradient(const Call& c, Span items) {
  const FloatTag d;
  const int features = c.features(0);
  for (int64_t item = items.begin; item < items.end; ++item) {
    const int j = static_cast<int>(item);
    c.dparameters[0][j] = SumOverRows(c, [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR {
      const size_t at = panel_at(p * kPanel, j, features) + lane;
      return hn::MulAdd(hn::LoadU(d, c.dy + at), hn::LoadU(d, c.x[0] + at), sum);
    });
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "math/scalar.hpp"
#include "ops/require.hpp"

namespace retrograd::ops {

HWY_EXPORT(ScaleGradient);

namespace {

/// to = s·from, by panels.
void apply(const Call& c, Span panels, const float* from, float* to) {
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < features; ++j) {
      const size_t at = panel_at(p * kPanel, j, features);
      const float s = c.parameters[0][j];
      for (size_t lane = at; lane < at + kPanel; ++lane) to[lane] = from[lane] * s;
    }
  }
}

template <class T>
void apply_rows(const Reference<T>& r, const T* from, T* to) {
  const int features = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int j = 0; j < features; ++j) to[n * features + j] = from[n * features + j] * r.parameters[0][j];
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  if (r.dx[0] != nullptr) apply_rows(r, r.dy, r.dx[0]);
  if (r.dparameters[0] == nullptr) return;
  for (int j = 0; j < features; ++j) {
    r.dparameters[0][j] = sum_over_rows<T>(
        r, [&](int64_t n, T sum) { return math::fma(r.dy[n * features + j], r.x[0][n * features + j], sum); });
  }
}

}  // namespace

Shapes Scale::shape(const Signature& s) {
  require_signature(info, s);
  const int features = s.features[0];
  Shapes shapes;
  shapes.output = features;
  shapes.parameters = {{.name = "s", .cols = features, .initializer = "ones"}};
  shapes.backward_items = features;
  shapes.flops_forward = features;
  shapes.flops_backward = 3.0 * features;
  return shapes;
}

Formula Scale::formula(const Signature&) {
  using formula::symbol;
  return {Formula::Scope::row, symbol("s", {"j"}) * symbol("x", {"j"})};
}

void Scale::forward(const Call& c, Span panels) { apply(c, panels, c.x[0], c.y); }

void Scale::backward(const Call& c, Span panels) {
  if (c.dx[0] != nullptr) apply(c, panels, c.dy, c.dx[0]);
}

void Scale::backward_batch(const Call& c, Span features) {
  if (c.dparameters[0] != nullptr) HWY_DYNAMIC_DISPATCH(ScaleGradient)(c, features);
}

void Scale::reference_forward(const Reference<float>& r) { apply_rows(r, r.x[0], r.y); }
void Scale::reference_forward(const Reference<double>& r) { apply_rows(r, r.x[0], r.y); }
void Scale::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Scale::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Scale::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Mul", {use.inputs[0], use.parameters[0]});
}

}  // namespace retrograd::ops
#endif
