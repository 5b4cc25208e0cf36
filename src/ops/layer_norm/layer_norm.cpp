// Contract, formula, reference and ONNX form of layer_norm.
#include "ops/layer_norm/layer_norm.hpp"

#include <vector>

#include "math/scalar.hpp"
#include "ops/lane_sum.hpp"
#include "ops/require.hpp"

namespace retrograd::ops {
namespace {

template <class T>
struct Row {
  T mean, scale;
  T hat(T x) const { return (x - mean) * scale; }
};

template <class T>
Row<T> statistics(const Reference<T>& r, int64_t n) {
  const int features = r.features(0);
  const T* x = r.x[0] + n * features;
  T sum = 0;
  for (int i = 0; i < features; ++i) sum += x[i];
  const T mean = sum / static_cast<T>(features);
  T squares = 0;
  for (int i = 0; i < features; ++i) squares = math::fma(x[i] - mean, x[i] - mean, squares);
  return {mean, T{1} / math::sqrt(squares / static_cast<T>(features) + r.attribute(0))};
}

template <class T>
void forward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) {
    const Row<T> row = statistics(r, n);
    for (int j = 0; j < features; ++j) {
      const int64_t at = n * features + j;
      r.y[at] = math::fma(row.hat(r.x[0][at]), r.parameters[0][j], r.parameters[1][j]);
    }
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  std::vector<Row<T>> rows;
  for (int64_t n = 0; n < r.rows; ++n) rows.push_back(statistics(r, n));
  for (int64_t n = 0; n < r.rows && r.dx[0] != nullptr; ++n) {
    const Row<T>& row = rows[static_cast<size_t>(n)];
    T sum = 0, product = 0;
    for (int i = 0; i < features; ++i) {
      const T g = r.dy[n * features + i] * r.parameters[0][i];
      sum += g;
      product = math::fma(g, row.hat(r.x[0][n * features + i]), product);
    }
    sum /= static_cast<T>(features);
    product /= static_cast<T>(features);
    for (int j = 0; j < features; ++j) {
      const int64_t at = n * features + j;
      const T g = r.dy[at] * r.parameters[0][j];
      r.dx[0][at] = row.scale * (g - math::fma(row.hat(r.x[0][at]), product, sum));
    }
  }
  for (int j = 0; j < features; ++j) {
    const auto dy = [&](int64_t n) { return r.dy[n * features + j]; };
    if (r.dparameters[0] != nullptr) {
      r.dparameters[0][j] = sum_over_rows<T>(r, [&](int64_t n, T sum) {
        return math::fma(dy(n), rows[static_cast<size_t>(n)].hat(r.x[0][n * features + j]), sum);
      });
    }
    if (r.dparameters[1] != nullptr) {
      r.dparameters[1][j] = sum_over_rows<T>(r, [&](int64_t n, T sum) { return sum + dy(n); });
    }
  }
}

}  // namespace

Shapes LayerNorm::shape(const Signature& s) {
  require_signature(info, s);
  const int features = s.features[0];
  Shapes shapes;
  shapes.output = features;
  shapes.parameters = {{.name = "gamma", .cols = features, .initializer = "ones"},
                       {.name = "beta", .cols = features, .initializer = "zeros"}};
  shapes.saved = 2;
  shapes.backward_items = features;
  shapes.flops_forward = 8.0 * features;
  shapes.flops_backward = 16.0 * features;
  return shapes;
}

Formula LayerNorm::formula(const Signature& s) {
  using formula::define;
  using formula::Expr;
  using formula::sum;
  using formula::symbol;
  const double features = s.features[0];
  const Expr mean = define("μ", {}, sum("i", "I0", symbol("x", {"i"})) / features);
  const Expr variance = define("v", {}, sum("i", "I0", formula::power(symbol("x", {"i"}) - mean, 2)) / features);
  const Expr hat = define("x̂", {"j"}, (symbol("x", {"j"}) - mean) / formula::sqrt(variance + s.attributes[0]));
  return {Formula::Scope::row, symbol("gamma", {"j"}) * hat + symbol("beta", {"j"})};
}

void LayerNorm::reference_forward(const Reference<float>& r) { forward_rows(r); }
void LayerNorm::reference_forward(const Reference<double>& r) { forward_rows(r); }
void LayerNorm::reference_backward(const Reference<float>& r) { backward_rows(r); }
void LayerNorm::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string LayerNorm::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("LayerNormalization", {use.inputs[0], use.parameters[0], use.parameters[1]},
                     {onnx_attribute("axis", int64_t{-1}), onnx_attribute("epsilon", use.signature->attributes[0])});
}

}  // namespace retrograd::ops
