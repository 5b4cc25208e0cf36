#include "ops/impute/impute.hpp"

#include "ops/require.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {
namespace {

/// NaN is the one value that does not equal itself.
template <class T>
bool missing(T x) {
  return x != x;
}

template <class T>
void forward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int j = 0; j < features; ++j) {
      const T x = r.x[0][n * features + j];
      r.y[n * features + j] = missing(x) ? r.parameters[0][j] : x;
    }
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] == nullptr) return;
  for (int64_t i = 0; i < r.rows * r.features(0); ++i) r.dx[0][i] = missing(r.x[0][i]) ? T{0} : r.dy[i];
}

}  // namespace

Shapes Impute::shape(const Signature& s) {
  require_signature(info, s);
  Shapes shapes;
  shapes.output = s.features[0];
  shapes.parameters = {{.name = "fill", .cols = s.features[0], .trained = false, .initializer = "zeros"}};
  return shapes;
}

Formula Impute::formula(const Signature&) {
  // 1 + x² is above 0 for every number, and no comparison with NaN is true.
  const formula::Expr x = formula::symbol("x", {"j"});
  return {Formula::Scope::row, formula::where_positive(1 + formula::power(x, 2), x, formula::symbol("fill", {"j"}))};
}

void Impute::forward(const Call& c, Span panels) {
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < features; ++j) {
      const size_t at = panel_at(p * kPanel, j, features);
      const float fill = c.parameters[0][j];
      for (size_t i = at; i < at + kPanel; ++i) c.y[i] = missing(c.x[0][i]) ? fill : c.x[0][i];
    }
  }
}

void Impute::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const size_t size = static_cast<size_t>(c.features(0)) * kPanel;
  for (size_t i = static_cast<size_t>(panels.begin) * size; i < static_cast<size_t>(panels.end) * size; ++i) {
    c.dx[0][i] = missing(c.x[0][i]) ? 0.0f : c.dy[i];
  }
}

void Impute::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Impute::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Impute::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Impute::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Impute::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Where", {writer.node("IsNaN", {use.inputs[0]}), use.parameters[0], use.inputs[0]});
}

}  // namespace retrograd::ops
