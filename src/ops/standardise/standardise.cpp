#include "ops/standardise/standardise.hpp"

#include "ops/require.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {
namespace {

template <class T>
void forward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int j = 0; j < features; ++j) {
      r.y[n * features + j] = (r.x[0][n * features + j] - r.parameters[0][j]) * r.parameters[1][j];
    }
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] == nullptr) return;
  const int features = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int j = 0; j < features; ++j) r.dx[0][n * features + j] = r.dy[n * features + j] * r.parameters[1][j];
  }
}

}  // namespace

Shapes Standardise::shape(const Signature& s) {
  require_signature(info, s);
  const int features = s.features[0];
  Shapes shapes;
  shapes.output = features;
  shapes.parameters = {{.name = "mean", .cols = features, .trained = false, .initializer = "zeros"},
                       {.name = "scale", .cols = features, .trained = false, .initializer = "ones"}};
  shapes.flops_forward = 2.0 * features;
  shapes.flops_backward = features;
  return shapes;
}

Formula Standardise::formula(const Signature&) {
  using formula::symbol;
  return {Formula::Scope::row, (symbol("x", {"j"}) - symbol("mean", {"j"})) * symbol("scale", {"j"})};
}

void Standardise::forward(const Call& c, Span panels) {
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < features; ++j) {
      const size_t at = panel_at(p * kPanel, j, features);
      const float mean = c.parameters[0][j];
      const float scale = c.parameters[1][j];
      for (size_t lane = at; lane < at + kPanel; ++lane) c.y[lane] = (c.x[0][lane] - mean) * scale;
    }
  }
}

void Standardise::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < features; ++j) {
      const size_t at = panel_at(p * kPanel, j, features);
      const float scale = c.parameters[1][j];
      for (size_t lane = at; lane < at + kPanel; ++lane) c.dx[0][lane] = c.dy[lane] * scale;
    }
  }
}

void Standardise::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Standardise::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Standardise::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Standardise::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Standardise::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Mul", {writer.node("Sub", {use.inputs[0], use.parameters[0]}), use.parameters[1]});
}

}  // namespace retrograd::ops
