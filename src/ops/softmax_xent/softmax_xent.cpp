// Contract, formula and reference of softmax_xent.
#include "ops/softmax_xent/softmax_xent.hpp"

#include <cmath>
#include <vector>

#include "ops/require.hpp"
#include "ops/softmax/softmax_row.hpp"

namespace retrograd::ops {
namespace {

/// y'_k of one row.
template <class T>
class Targets {
 public:
  Targets(const Reference<T>& r, int64_t row)
      : codes_(r.features(1) == 1),
        y_(r.x[1] + row * r.features(1)),
        low_(r.attribute(0) / static_cast<T>(r.features(0))),
        rest_(T{1} - r.attribute(0)) {}
  T operator[](int k) const {
    const T y = codes_ ? (std::abs(y_[0] - static_cast<T>(k)) < T{0.5} ? T{1} : T{0}) : y_[k];
    return math::fma(rest_, y, low_);
  }

 private:
  bool codes_;
  const T* y_;
  T low_, rest_;
};

template <class T>
void forward_rows(const Reference<T>& r) {
  const int classes = r.features(0);
  std::vector<T> e(static_cast<size_t>(classes));
  for (int64_t n = 0; n < r.rows; ++n) {
    const T* z = r.x[0] + n * classes;
    const Targets<T> target(r, n);
    const SoftmaxRow<T> row = softmax_exponentials(z, classes, e.data());
    const T log_sum = math::log(row.sum);
    T loss = 0;
    for (int k = 0; k < classes; ++k) loss = math::fma(target[k], log_sum - (z[k] - row.largest), loss);
    r.y[n] = loss;
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] == nullptr) return;
  const int classes = r.features(0);
  std::vector<T> e(static_cast<size_t>(classes));
  for (int64_t n = 0; n < r.rows; ++n) {
    const Targets<T> target(r, n);
    const T inverse = T{1} / softmax_exponentials(r.x[0] + n * classes, classes, e.data()).sum;
    T total = 0;
    for (int k = 0; k < classes; ++k) total += target[k];
    for (int k = 0; k < classes; ++k) {
      const T p = e[static_cast<size_t>(k)] * inverse;
      r.dx[0][n * classes + k] = r.dy[n] * math::fma(p, total, -target[k]);
    }
  }
}

}  // namespace

Shapes SoftmaxXent::shape(const Signature& s) {
  require_signature(info, s);
  const int classes = s.features[0];
  if (classes < 2) {
    fail(
        "softmax_xent: the scores z have shape [N, {}]; expected at least 2 classes (for one yes/no output use "
        "sigmoid_bce)",
        classes);
  }
  if (s.features[1] != 1 && s.features[1] != classes) {
    fail(
        "softmax_xent: the target has shape [N, {}] but the scores z have shape [N, {}]; expected class codes [N, 1] "
        "or one share per class [N, {}]",
        s.features[1], classes, classes);
  }
  Shapes shapes;
  shapes.output = 1;
  shapes.saved = classes + 1;
  shapes.flops_forward = 26.0 * classes;  // an exponential counts as 16
  shapes.flops_backward = 5.0 * classes;
  return shapes;
}

Formula SoftmaxXent::formula(const Signature& s) {
  using formula::define;
  using formula::Expr;
  using formula::symbol;
  const double smoothing = s.attributes[0];
  const double classes = s.features[0];
  const Expr z = symbol("z", {"k"});
  Expr target = symbol("y", {"k"});
  if (s.features[1] == 1) {
    // y has one feature: the code of the class itself.
    target = formula::where_positive(0.5 - formula::abs(formula::index_value("k") - symbol("y")), 1.0, 0.0);
  }
  const Expr smoothed =
      define("y\u2032", {"k"}, smoothing == 0 ? target : (1 - smoothing) * target + smoothing / classes);
  const Expr largest = define("M", {}, formula::largest("m", "I0", symbol("z", {"m"})));
  const Expr sum = define("S", {}, formula::sum("m", "I0", formula::exp(symbol("z", {"m"}) - largest)));
  return {.scope = Formula::Scope::row,
          .forward = formula::sum("k", "I0", smoothed * (formula::log(sum) - (z - largest))),
          .activation = "softmax",
          .of_activation = -formula::sum("k", "I0", smoothed * formula::log(symbol("p", {"k"})))};
}

void SoftmaxXent::reference_forward(const Reference<float>& r) { forward_rows(r); }
void SoftmaxXent::reference_forward(const Reference<double>& r) { forward_rows(r); }
void SoftmaxXent::reference_backward(const Reference<float>& r) { backward_rows(r); }
void SoftmaxXent::reference_backward(const Reference<double>& r) { backward_rows(r); }

}  // namespace retrograd::ops
