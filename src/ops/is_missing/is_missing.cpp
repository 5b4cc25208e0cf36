#include "ops/is_missing/is_missing.hpp"

#include <algorithm>

#include "ops/require.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {
namespace {

/// NaN is the one value that does not equal itself.
template <class T>
T missing(T x) {
  return x != x ? T{1} : T{0};
}

template <class T>
void forward_rows(const Reference<T>& r) {
  for (int64_t i = 0; i < r.rows * r.features(0); ++i) r.y[i] = missing(r.x[0][i]);
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] != nullptr) std::fill_n(r.dx[0], r.rows * r.features(0), T{0});
}

}  // namespace

Shapes IsMissing::shape(const Signature& s) {
  require_signature(info, s);
  Shapes shapes;
  shapes.output = s.features[0];
  return shapes;
}

Formula IsMissing::formula(const Signature&) {
  // 1 + x² is above 0 for every number, and no comparison with NaN is true.
  return {Formula::Scope::element, formula::where_positive(1 + formula::power(formula::symbol("x"), 2), 0.0, 1.0)};
}

void IsMissing::forward(const Call& c, Span panels) {
  const size_t size = static_cast<size_t>(c.features(0)) * kPanel;
  for (size_t i = static_cast<size_t>(panels.begin) * size; i < static_cast<size_t>(panels.end) * size; ++i) {
    c.y[i] = missing(c.x[0][i]);
  }
}

void IsMissing::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const size_t size = static_cast<size_t>(c.features(0)) * kPanel;
  std::fill(c.dx[0] + static_cast<size_t>(panels.begin) * size, c.dx[0] + static_cast<size_t>(panels.end) * size, 0.0f);
}

void IsMissing::reference_forward(const Reference<float>& r) { forward_rows(r); }
void IsMissing::reference_forward(const Reference<double>& r) { forward_rows(r); }
void IsMissing::reference_backward(const Reference<float>& r) { backward_rows(r); }
void IsMissing::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string IsMissing::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Where", {writer.node("IsNaN", {use.inputs[0]}), writer.constant({1.0}), writer.constant({0.0})});
}

}  // namespace retrograd::ops
