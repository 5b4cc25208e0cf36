// A normalisation small enough to be read beside its faults.
#include "math/scalar.hpp"
#include "ops/require.hpp"
#include "retrograd/panel.hpp"
#include "support/faulty/faulty.hpp"

namespace retrograd::support {
namespace {

struct RootMean {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr ops::OperatorInfo info{.name = "root_mean",
                                          .doc = "Divides a row by its root mean square, for the tests.",
                                          .kind = ops::Kind::normalise,
                                          .input_names = kInputs,
                                          .output_name = "y",
                                          .forward_ulp = 4,
                                          .backward_ulp = 8,
                                          .source = "definition"};

  static ops::Shapes shape(const ops::Signature& s) {
    ops::require_signature(info, s);
    ops::Shapes shapes;
    shapes.output = s.features[0];
    return shapes;
  }

  static ops::Formula formula(const ops::Signature&) {
    using formula::symbol;
    const formula::Expr squares = formula::sum("i", "I0", formula::power(symbol("x", {"i"}), 2)) + 1.0;
    const formula::Expr count = formula::sum("i", "I0", 1.0);
    return {ops::Formula::Scope::row, symbol("x", {"j"}) / formula::sqrt(squares / count)};
  }

  /// One row; elements of a row lie `stride` apart.
  template <class T>
  static T root(const T* x, int features, int stride) {
    T sum = 1;
    for (int i = 0; i < features; ++i) sum = math::fma(x[i * stride], x[i * stride], sum);
    return math::sqrt(sum / static_cast<T>(features));
  }
  template <class T>
  static void forward_row(const T* x, T* y, int features, int stride) {
    const T r = root(x, features, stride);
    for (int j = 0; j < features; ++j) y[j * stride] = x[j * stride] / r;
  }
  /// dx_i = (dy_i − x_i·(Σ_j dy_j x_j)/(I·r²))/r
  template <class T>
  static void backward_row(const T* x, const T* dy, T* dx, int features, int stride) {
    const T r = root(x, features, stride);
    T sum = 0;
    for (int j = 0; j < features; ++j) sum = math::fma(dy[j * stride], x[j * stride], sum);
    const T share = sum / (static_cast<T>(features) * (r * r));
    for (int i = 0; i < features; ++i) dx[i * stride] = (dy[i * stride] - x[i * stride] * share) / r;
  }

  static void forward(const ops::Call& c, ops::Span panels) {
    const int f = c.features(0);
    for (int64_t n = panels.begin * kPanel; n < panels.end * kPanel; ++n) {
      const size_t at = panel_at(n, 0, f);
      forward_row(c.x[0] + at, c.y + at, f, kPanel);
    }
  }
  static void backward(const ops::Call& c, ops::Span panels) {
    if (c.dx[0] == nullptr) return;
    const int f = c.features(0);
    for (int64_t n = panels.begin * kPanel; n < panels.end * kPanel; ++n) {
      const size_t at = panel_at(n, 0, f);
      backward_row(c.x[0] + at, c.dy + at, c.dx[0] + at, f, kPanel);
    }
  }
  template <class T>
  static void reference_forward(const ops::Reference<T>& r) {
    const int f = r.features(0);
    for (int64_t n = 0; n < r.rows; ++n) forward_row(r.x[0] + n * f, r.y + n * f, f, 1);
  }
  template <class T>
  static void reference_backward(const ops::Reference<T>& r) {
    if (r.dx[0] == nullptr) return;
    const int f = r.features(0);
    for (int64_t n = 0; n < r.rows; ++n) backward_row(r.x[0] + n * f, r.dy + n * f, r.dx[0] + n * f, f, 1);
  }
  static std::string to_onnx(ops::OnnxWriter& writer, const ops::OnnxUse& use) {
    return writer.node("LpNormalization", {use.inputs[0]});
  }
};

}  // namespace

const ops::Operator& root_mean() {
  static const ops::Operator op = ops::make_operator<RootMean>();
  return op;
}

std::vector<Case> root_mean_cases() {
  Case c = make_case("ordinary", {5});
  Case one = make_case("one feature", {1});
  // A single feature: y is near 1 whatever x is, so that the terms of its gradient cancel.
  one.backward_floor = 1;
  return {c, one};
}

}  // namespace retrograd::support
