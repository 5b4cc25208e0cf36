// Contract, formula, reference and ONNX form of batch_norm.
#include "ops/batch_norm/batch_norm.hpp"

#include "math/scalar.hpp"
#include "ops/lane_sum.hpp"
#include "ops/require.hpp"

namespace retrograd::ops {
namespace {

/// μ, v and ρ of one feature.
template <class T>
struct Feature {
  T mean, squares, scale;
  T hat(T x) const { return (x - mean) * scale; }
};

template <class T>
Feature<T> statistics(const Reference<T>& r, int j) {
  const int features = r.features(0);
  const T eps = r.attribute(0);
  if (!r.training) return {r.parameters[2][j], 0, T{1} / math::sqrt(r.parameters[3][j] + eps)};
  const T* x = r.x[0] + j;
  const auto count = static_cast<T>(r.rows);
  const T mean = sum_over_rows<T>(r, [&](int64_t n, T sum) { return sum + x[n * features]; }) / count;
  const T squares = sum_over_rows<T>(r, [&](int64_t n, T sum) {
    const T e = x[n * features] - mean;
    return math::fma(e, e, sum);
  });
  return {mean, squares, T{1} / math::sqrt(squares / count + eps)};
}

template <class T>
void forward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  const T momentum = r.attribute(1);
  for (int j = 0; j < features; ++j) {
    const Feature<T> feature = statistics(r, j);
    if (r.training && r.rows > 1) {
      T& mean = r.parameters[2][j];
      T& variance = r.parameters[3][j];
      mean = math::fma(momentum, feature.mean - mean, mean);
      variance = math::fma(momentum, feature.squares / static_cast<T>(r.rows - 1) - variance, variance);
    }
    for (int64_t n = 0; n < r.rows; ++n) {
      const int64_t at = n * features + j;
      r.y[at] = math::fma(feature.hat(r.x[0][at]), r.parameters[0][j], r.parameters[1][j]);
    }
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  const auto count = static_cast<T>(r.rows);
  for (int j = 0; j < features; ++j) {
    const Feature<T> feature = statistics(r, j);
    const T dbeta = sum_over_rows<T>(r, [&](int64_t n, T sum) { return sum + r.dy[n * features + j]; });
    const T dgamma = sum_over_rows<T>(r, [&](int64_t n, T sum) {
      return math::fma(r.dy[n * features + j], feature.hat(r.x[0][n * features + j]), sum);
    });
    if (r.dparameters[0] != nullptr) r.dparameters[0][j] = dgamma;
    if (r.dparameters[1] != nullptr) r.dparameters[1][j] = dbeta;
    if (r.dx[0] == nullptr) continue;
    const T mean_dy = r.training ? dbeta / count : T{0};
    const T mean_product = r.training ? dgamma / count : T{0};
    const T gain = r.parameters[0][j] * feature.scale;
    for (int64_t n = 0; n < r.rows; ++n) {
      const int64_t at = n * features + j;
      r.dx[0][at] = gain * (r.dy[at] - math::fma(feature.hat(r.x[0][at]), mean_product, mean_dy));
    }
  }
}

}  // namespace

Shapes BatchNorm::shape(const Signature& s) {
  require_signature(info, s);
  const int features = s.features[0];
  Shapes shapes;
  shapes.output = features;
  shapes.parameters = {{.name = "gamma", .cols = features, .initializer = "ones"},
                       {.name = "beta", .cols = features, .initializer = "zeros"},
                       {.name = "running_mean", .cols = features, .trained = false, .initializer = "zeros"},
                       {.name = "running_var", .cols = features, .trained = false, .initializer = "ones"}};
  if (features > std::numeric_limits<int>::max() / 4) {
    fail("batch_norm: the input has shape [N, {}]; expected at most {} features", features,
         std::numeric_limits<int>::max() / 4);
  }
  shapes.workspace_batch = 4 * features;
  shapes.forward_items = shapes.backward_items = features;
  shapes.forward_sums = {{0, features}, {features, 2 * features}};
  shapes.backward_sums = {{2 * features, 4 * features}};
  shapes.flops_forward = 8.0 * features;
  shapes.flops_backward = 10.0 * features;
  return shapes;
}

Formula BatchNorm::formula(const Signature& s) {
  using formula::define;
  using formula::Expr;
  using formula::sum;
  using formula::symbol;
  const Expr rows = define("N", {}, sum("m", "N", 1.0));
  const Expr mean = define("μ", {"j"}, sum("m", "N", symbol("x", {"m", "j"})) / rows);
  const Expr variance = define("v", {"j"}, sum("m", "N", formula::power(symbol("x", {"m", "j"}) - mean, 2)) / rows);
  const Expr hat =
      define("x̂", {"n", "j"}, (symbol("x", {"n", "j"}) - mean) / formula::sqrt(variance + s.attributes[0]));
  const Expr remembered = define("x̂", {"j"},
                                 (symbol("x", {"j"}) - symbol("running_mean", {"j"})) /
                                     formula::sqrt(symbol("running_var", {"j"}) + s.attributes[0]));
  return {.scope = Formula::Scope::batch,
          .forward = symbol("gamma", {"j"}) * hat + symbol("beta", {"j"}),
          .prediction = symbol("gamma", {"j"}) * remembered + symbol("beta", {"j"})};
}

void BatchNorm::reference_forward(const Reference<float>& r) { forward_rows(r); }
void BatchNorm::reference_forward(const Reference<double>& r) { forward_rows(r); }
void BatchNorm::reference_backward(const Reference<float>& r) { backward_rows(r); }
void BatchNorm::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string BatchNorm::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  std::vector<std::string> inputs = {use.inputs[0]};
  inputs.insert(inputs.end(), use.parameters.begin(), use.parameters.end());
  return writer.node("BatchNormalization", std::move(inputs),
                     {onnx_attribute("epsilon", use.signature->attributes[0])});
}

}  // namespace retrograd::ops
