#include "ops/clip/clip.hpp"

#include "ops/require.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {
namespace {

template <class T>
T clipped(T x, T low, T high) {
  return x < low ? low : x > high ? high : x;
}

template <class T>
T gained(T dy, T x, T low, T high) {
  return x > low && x < high ? dy : T{0};
}

template <class T>
void forward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int j = 0; j < features; ++j) {
      r.y[n * features + j] = clipped(r.x[0][n * features + j], r.parameters[0][j], r.parameters[1][j]);
    }
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] == nullptr) return;
  const int features = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int j = 0; j < features; ++j) {
      const int64_t at = n * features + j;
      r.dx[0][at] = gained(r.dy[at], r.x[0][at], r.parameters[0][j], r.parameters[1][j]);
    }
  }
}

}  // namespace

Shapes Clip::shape(const Signature& s) {
  require_signature(info, s);
  const int features = s.features[0];
  Shapes shapes;
  shapes.output = features;
  shapes.parameters = {{.name = "low", .cols = features, .trained = false, .initializer = "zeros"},
                       {.name = "high", .cols = features, .trained = false, .initializer = "ones"}};
  shapes.flops_forward = 2.0 * features;
  shapes.flops_backward = 2.0 * features;
  return shapes;
}

Formula Clip::formula(const Signature&) {
  using formula::symbol;
  using formula::where_positive;
  const formula::Expr x = symbol("x", {"j"}), low = symbol("low", {"j"}), high = symbol("high", {"j"});
  return {Formula::Scope::row, where_positive(x - low, where_positive(high - x, x, high), low)};
}

void Clip::forward(const Call& c, Span panels) {
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < features; ++j) {
      const size_t at = panel_at(p * kPanel, j, features);
      const float low = c.parameters[0][j], high = c.parameters[1][j];
      for (size_t lane = at; lane < at + kPanel; ++lane) c.y[lane] = clipped(c.x[0][lane], low, high);
    }
  }
}

void Clip::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const int features = c.features(0);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < features; ++j) {
      const size_t at = panel_at(p * kPanel, j, features);
      const float low = c.parameters[0][j], high = c.parameters[1][j];
      for (size_t lane = at; lane < at + kPanel; ++lane) c.dx[0][lane] = gained(c.dy[lane], c.x[0][lane], low, high);
    }
  }
}

void Clip::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Clip::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Clip::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Clip::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Clip::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Min", {writer.node("Max", {use.inputs[0], use.parameters[0]}), use.parameters[1]});
}

}  // namespace retrograd::ops
