#include "ops/affine/affine.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/affine/affine.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

void AffineForward(const Call& c, Span panels) {
  const FloatTag d;
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < features; ++j) {
      const size_t at = panel_at(p * kPanel, j, features);
      const auto s = hn::Set(d, c.parameters[0][j]), b = hn::Set(d, c.parameters[1][j]);
      for (size_t lane = at; lane < at + kPanel; lane += hn::Lanes(d))
        hn::StoreU(hn::MulAdd(hn::LoadU(d, c.x[0] + lane), s, b), d, c.y + lane);
    }
  }
}

void AffineGradients(const Call& c, Span items) {
  const FloatTag d;
  const int features = c.features(0);
  for (int64_t item = items.begin; item < items.end; ++item) {
    const int j = static_cast<int>(item);
    float sums[2];
    const auto add = [&](int k, int64_t p, size_t lane, FloatVector sum) HWY_ATTR {
      const size_t at = panel_at(p * kPanel, j, features) + lane;
      const auto dy = hn::LoadU(d, c.dy + at);
      return k == 0 ? hn::MulAdd(dy, hn::LoadU(d, c.x[0] + at), sum) : hn::Add(sum, dy);
    };
    SumsOverRows<2>(c, add, sums);
    c.dparameters[0][j] = sums[0];
    c.dparameters[1][j] = sums[1];
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "math/scalar.hpp"
#include "ops/require.hpp"

namespace retrograd::ops {

HWY_EXPORT(AffineForward);
HWY_EXPORT(AffineGradients);

namespace {

template <class T>
void forward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int j = 0; j < features; ++j)
      r.y[n * features + j] = math::fma(r.x[0][n * features + j], r.parameters[0][j], r.parameters[1][j]);
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  for (int64_t n = 0; r.dx[0] != nullptr && n < r.rows; ++n) {
    for (int j = 0; j < features; ++j) r.dx[0][n * features + j] = r.dy[n * features + j] * r.parameters[0][j];
  }
  for (int j = 0; j < features; ++j) {
    r.dparameters[0][j] = sum_over_rows<T>(
        r, [&](int64_t n, T sum) { return math::fma(r.dy[n * features + j], r.x[0][n * features + j], sum); });
    r.dparameters[1][j] = sum_over_rows<T>(r, [&](int64_t n, T sum) { return sum + r.dy[n * features + j]; });
  }
}

}  // namespace

Shapes Affine::shape(const Signature& s) {
  require_signature(info, s);
  const int features = s.features[0];
  Shapes shapes;
  shapes.output = features;
  shapes.parameters = {{.name = "s", .cols = features, .initializer = "ones"}, {.name = "b", .cols = features}};
  shapes.backward_items = features;
  shapes.flops_forward = 2.0 * features;
  shapes.flops_backward = 4.0 * features;
  return shapes;
}

Formula Affine::formula(const Signature&) {
  using formula::symbol;
  return {Formula::Scope::row, symbol("s", {"j"}) * symbol("x", {"j"}) + symbol("b", {"j"})};
}

void Affine::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(AffineForward)(c, panels); }

void Affine::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < features; ++j) {
      const size_t at = panel_at(p * kPanel, j, features);
      const float s = c.parameters[0][j];
      for (size_t lane = at; lane < at + kPanel; ++lane) c.dx[0][lane] = c.dy[lane] * s;
    }
  }
}

void Affine::backward_batch(const Call& c, Span items) { HWY_DYNAMIC_DISPATCH(AffineGradients)(c, items); }

void Affine::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Affine::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Affine::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Affine::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Affine::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Add", {writer.node("Mul", {use.inputs[0], use.parameters[0]}), use.parameters[1]});
}

}  // namespace retrograd::ops
#endif
