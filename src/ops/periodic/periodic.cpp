// Contract, formula, reference and ONNX form of periodic.
#include "ops/periodic/periodic.hpp"

#include <cmath>

#include "math/scalar.hpp"
#include "ops/lane_sum.hpp"
#include "ops/require.hpp"

namespace retrograd::ops {
namespace {

/// Sizes and places that both passes read.
template <class T>
struct Layout {
  explicit Layout(const Reference<T>& r)
      : F(r.features(0)), K(Periodic::frequencies(*r.signature)), M(Periodic::outputs(*r.signature)), r_(r) {}
  T w(int k, int i) const { return r_.parameters[Periodic::kFrequency][k * F + i]; }
  T V(int k, int i, int m) const { return r_.parameters[Periodic::kMix][k * F * M + i * M + m]; }
  T x(int64_t n, int i) const { return r_.x[0][n * F + i]; }
  T dy(int64_t n, int i, int m) const { return r_.dy[n * F * M + i * M + m]; }
  T angle(int64_t n, int k, int i) const {
    return math::fma(x(n, i), w(k, i) * static_cast<T>(Periodic::kTwoPi), r_.parameters[Periodic::kPhase][k * F + i]);
  }
  /// ∂l/∂angle
  T g(int64_t n, int k, int i) const {
    T sum = 0;
    for (int m = 0; m < M; ++m) sum = math::fma(V(k, i, m), dy(n, i, m), sum);
    return -(math::sin(angle(n, k, i)) * sum);
  }
  const int F, K, M;

 private:
  const Reference<T>& r_;
};

template <class T>
void forward_rows(const Reference<T>& r) {
  const Layout<T> at(r);
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int i = 0; i < at.F; ++i) {
      T* y = r.y + (n * at.F + i) * at.M;
      for (int m = 0; m < at.M; ++m) y[m] = r.parameters[Periodic::kOffset][i * at.M + m];
      for (int k = 0; k < at.K; ++k) {
        const T wave = math::cos(at.angle(n, k, i));
        for (int m = 0; m < at.M; ++m) y[m] = math::fma(at.V(k, i, m), wave, y[m]);
      }
    }
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  const Layout<T> at(r);
  const T two_pi = static_cast<T>(Periodic::kTwoPi);
  if (r.dx[0] != nullptr) {
    for (int64_t n = 0; n < r.rows; ++n) {
      for (int i = 0; i < at.F; ++i) {
        T sum = 0;
        for (int k = 0; k < at.K; ++k) sum = math::fma(at.w(k, i) * two_pi, at.g(n, k, i), sum);
        r.dx[0][n * at.F + i] = sum;
      }
    }
  }
  std::vector<T> g(static_cast<size_t>(r.rows)), wave(static_cast<size_t>(r.rows));
  for (int i = 0; i < at.F; ++i) {
    for (int k = 0; k < at.K; ++k) {
      for (int64_t n = 0; n < r.rows; ++n) {
        g[static_cast<size_t>(n)] = at.g(n, k, i);
        wave[static_cast<size_t>(n)] = math::cos(at.angle(n, k, i));
      }
      const T dw = sum_over_rows<T>(
          r, [&](int64_t n, T sum) { return math::fma(g[static_cast<size_t>(n)], at.x(n, i), sum); }, two_pi);
      r.dparameters[Periodic::kFrequency][k * at.F + i] = dw;
      r.dparameters[Periodic::kPhase][k * at.F + i] =
          sum_over_rows<T>(r, [&](int64_t n, T sum) { return sum + g[static_cast<size_t>(n)]; });
      for (int m = 0; m < at.M; ++m) {
        r.dparameters[Periodic::kMix][k * at.F * at.M + i * at.M + m] = sum_over_rows<T>(
            r, [&](int64_t n, T sum) { return math::fma(wave[static_cast<size_t>(n)], at.dy(n, i, m), sum); });
      }
    }
    for (int m = 0; m < at.M; ++m) {
      r.dparameters[Periodic::kOffset][i * at.M + m] =
          sum_over_rows<T>(r, [&](int64_t n, T sum) { return sum + at.dy(n, i, m); });
    }
  }
}

constexpr int kMaxOutput = 1 << 24;

}  // namespace

Shapes Periodic::shape(const Signature& s) {
  require_signature(info, s);
  for (size_t k = 0; k < 2; ++k) {
    if (s.attributes[k] != std::floor(s.attributes[k]))
      fail("periodic: attribute {} is {}; expected a whole number", info.attributes[k].name, s.attributes[k]);
  }
  const int features = s.features[0], waves = frequencies(s), each = outputs(s);
  if (features > kMaxOutput / each)
    fail("periodic: the input has shape [N, {}] and each feature {} outputs; expected at most {} in all", features,
         each, kMaxOutput);
  const int out = features * each;
  const double bound = 1 / std::sqrt(static_cast<double>(waves));
  Shapes shapes;
  shapes.output = out;
  shapes.parameters = {
      {.name = "w", .rows = waves, .cols = features, .initializer = "normal", .initializer_argument = s.attributes[2]},
      {.name = "c", .rows = waves, .cols = features, .initializer = "uniform", .initializer_argument = kTwoPi / 2},
      {.name = "V", .rows = waves, .cols = out, .initializer = "uniform", .initializer_argument = bound},
      {.name = "d", .cols = out, .initializer = "uniform", .initializer_argument = bound}};
  shapes.saved = 2 * features * waves;
  shapes.backward_items = features;
  shapes.flops_forward = (40.0 + 2 * each) * features * waves;  // 40: a sine or cosine
  shapes.flops_backward = (4.0 * each + 4) * features * waves;
  return shapes;
}

Formula Periodic::formula(const Signature& s) {
  using formula::index_value;
  using formula::symbol;
  // Output j belongs to feature i if i·M <= j <= i·M + M − 1.
  const double M = outputs(s);
  const formula::Expr past = index_value("j") - M * index_value("i");
  const formula::Expr own = (past + 0.5) * (M - 0.5 - past);
  const formula::Expr angle = kTwoPi * symbol("w", {"k", "i"}) * symbol("x", {"i"}) + symbol("c", {"k", "i"});
  const formula::Expr mix = formula::sum("k", "P0", symbol("V", {"k", "j"}) * formula::cos(angle));
  return {Formula::Scope::row, symbol("d", {"j"}) + formula::sum("i", "I0", formula::where_positive(own, mix, 0.0))};
}

void Periodic::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Periodic::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Periodic::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Periodic::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Periodic::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  const int64_t F = use.signature->features[0], K = frequencies(*use.signature), M = outputs(*use.signature);
  const auto reshape = [&](const std::string& tensor, std::vector<int64_t> dims) {
    const auto rank = static_cast<int64_t>(dims.size());
    return writer.node("Reshape", {tensor, writer.constant_int64(std::move(dims), {rank})});
  };
  const std::string turns = writer.node("Mul", {use.parameters[kFrequency], writer.constant({kTwoPi})});
  const std::string x = reshape(use.inputs[0], {-1, 1, F});
  const std::string angle = writer.node("Add", {writer.node("Mul", {x, turns}), use.parameters[kPhase]});
  const std::string wave = reshape(writer.node("Cos", {angle}), {-1, K, F, 1});
  const std::string mixed = writer.node("Mul", {wave, reshape(use.parameters[kMix], {K, F, M})});
  const std::string sum =
      writer.node("ReduceSum", {mixed, writer.constant_int64({1}, {1})}, {onnx_attribute("keepdims", int64_t{0})});
  return writer.node("Add", {reshape(sum, {-1, F * M}), use.parameters[kOffset]});
}

}  // namespace retrograd::ops
