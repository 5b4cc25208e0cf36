// Contract, formula and reference of sigmoid_bce.
#include "ops/sigmoid_bce/sigmoid_bce.hpp"

#include <cmath>

#include "math/scalar.hpp"
#include "ops/require.hpp"

namespace retrograd::ops {
namespace {

template <class T>
T smoothed(T y, T smoothing) {
  return math::fma(T{1} - smoothing, y, T{0.5} * smoothing);
}

template <class T>
void forward_rows(const Reference<T>& r) {
  const int labels = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) {
    T loss = 0;
    for (int k = 0; k < labels; ++k) {
      const T z = r.x[0][n * labels + k];
      const T y = smoothed(r.x[1][n * labels + k], r.attribute(0));
      loss += math::fma(-z, y, z > 0 ? z : T{0}) + math::log1p(math::exp(-std::abs(z)));
    }
    r.y[n] = loss;
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] == nullptr) return;
  const int labels = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int k = 0; k < labels; ++k) {
      const T z = r.x[0][n * labels + k];
      const T y = smoothed(r.x[1][n * labels + k], r.attribute(0));
      const T e = math::exp(-std::abs(z));
      const T near = T{1} / (T{1} + e);  // σ(|z|)
      const T far = e * near;            // σ(−|z|)
      const T up = z < 0 ? far : near;
      const T down = z < 0 ? near : far;
      r.dx[0][n * labels + k] = r.dy[n] * math::fma(up, T{1} - y, -(down * y));
    }
  }
}

}  // namespace

Shapes SigmoidBce::shape(const Signature& s) {
  require_signature(info, s);
  require_same_features(info, s, 1);
  Shapes shapes;
  shapes.output = 1;
  shapes.flops_forward = 40.0 * s.features[0];  // an exponential counts as 16, a logarithm as 20
  shapes.flops_backward = 24.0 * s.features[0];
  return shapes;
}

Formula SigmoidBce::formula(const Signature& s) {
  using formula::exp;
  using formula::Expr;
  using formula::log1p;
  const double smoothing = s.attributes[0];
  const Expr z = formula::symbol("z", {"k"});
  const Expr target = formula::symbol("y", {"k"});
  const Expr y =
      smoothing == 0 ? target : formula::define("y\u2032", {"k"}, (1 - smoothing) * target + 0.5 * smoothing);
  // −log σ(z) = log(1 + e^−z)
  const Expr p = formula::symbol("p", {"k"});
  return {.scope = Formula::Scope::row,
          .forward = formula::sum("k", "I0", y * log1p(exp(-z)) + (1 - y) * log1p(exp(z))),
          .activation = "sigmoid",
          .of_activation = -formula::sum("k", "I0", y * formula::log(p) + (1 - y) * formula::log(1 - p))};
}

void SigmoidBce::reference_forward(const Reference<float>& r) { forward_rows(r); }
void SigmoidBce::reference_forward(const Reference<double>& r) { forward_rows(r); }
void SigmoidBce::reference_backward(const Reference<float>& r) { backward_rows(r); }
void SigmoidBce::reference_backward(const Reference<double>& r) { backward_rows(r); }

}  // namespace retrograd::ops
