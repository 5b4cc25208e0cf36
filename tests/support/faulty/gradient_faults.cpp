// Wrong mathematics, the same in all three forms of an operator: kernel and reference agree, nature does not.
#include "math/scalar.hpp"
#include "retrograd/panel.hpp"
#include "support/faulty/faulty.hpp"

namespace retrograd::support {
namespace {

/// dx = gradient(z, dy) in kernel and references.
template <class Gradient>
struct WrongGradient {
  static void kernel(const ops::Call& c, ops::Span panels) {
    if (c.dx[0] == nullptr) return;
    const int64_t size = static_cast<int64_t>(c.features(0)) * kPanel;
    for (int64_t i = panels.begin * size; i < panels.end * size; ++i) c.dx[0][i] = Gradient::of(c.x[0][i], c.dy[i]);
  }
  template <class T>
  static void reference(const ops::Reference<T>& r) {
    if (r.dx[0] == nullptr) return;
    for (int64_t i = 0; i < r.rows * r.features(0); ++i) r.dx[0][i] = Gradient::of(r.x[0][i], r.dy[i]);
  }
};

template <class Gradient>
Fault wrong_gradient(std::string_view name, std::string_view of, std::vector<std::string> caught_by) {
  ops::Operator op = ops::find_operator(of);
  op.backward = &WrongGradient<Gradient>::kernel;
  op.reference_backward_f32 = &WrongGradient<Gradient>::template reference<float>;
  op.reference_backward_f64 = &WrongGradient<Gradient>::template reference<double>;
  return {name, op, cases_of(ops::find_operator(of)), std::move(caught_by)};
}

struct ForgottenMask {
  template <class T>
  static T of(T, T dy) {
    return dy;
  }
};

struct GainOfUpstream {
  template <class T>
  static T of(T, T dy) {
    return dy * (T{1} - dy);
  }
};

struct WrongSign {
  template <class T>
  static T of(T z, T dy) {
    const T t = math::tanh(z);
    return -dy * (T{1} - t * t);
  }
};

struct GainOneAtKink {
  template <class T>
  static T of(T z, T dy) {
    return z >= 0 ? dy * T{1} : dy * T{0};
  }
};

/// The gain of a region that ordinary inputs rarely visit is dropped.
struct DeadBelowMinusFive {
  template <class T>
  static T of(T z, T dy) {
    return z < -5 ? T{0} : dy * math::sigmoid(z);
  }
};

void right_linear(const ops::Reference<float>& r) { ops::find_operator("linear").reference_backward_f32(r); }
void right_linear(const ops::Reference<double>& r) { ops::find_operator("linear").reference_backward_f64(r); }

template <class Change, class T>
void reference(const ops::Reference<T>& r) {
  right_linear(r);
  const int64_t weights = static_cast<int64_t>(r.features(0)) * r.shapes->output;
  for (int64_t k = 0; k < weights; ++k) r.dparameters[0][k] = Change::of(r.dparameters[0][k], r.rows, false);
  if (r.shapes->parameters.size() < 2) return;
  for (int64_t o = 0; o < r.shapes->output; ++o) r.dparameters[1][o] = Change::of(r.dparameters[1][o], r.rows, true);
}

/// linear with every gradient of a parameter passed through `Change`.
template <class Change>
Fault changed_linear(std::string_view name, std::vector<std::string> caught_by) {
  ops::Operator op = ops::find_operator("linear");
  op.backward_batch = [](const ops::Call& c, ops::Span items) {
    ops::find_operator("linear").backward_batch(c, items);
    const int64_t inputs = c.features(0), outputs = c.shapes->output;
    for (int64_t i = items.begin; i < items.end; ++i) {
      float* row = i == inputs ? c.dparameters[1] : c.dparameters[0] + i * outputs;
      for (int64_t o = 0; o < outputs; ++o) row[o] = Change::of(row[o], c.rows, i == inputs);
    }
  };
  op.reference_backward_f32 = [](const ops::Reference<float>& r) { reference<Change>(r); };
  op.reference_backward_f64 = [](const ops::Reference<double>& r) { reference<Change>(r); };
  return {name, op, cases_of(op), std::move(caught_by)};
}

struct MeanForSum {
  template <class T>
  static T of(T v, int64_t rows, bool bias) {
    return bias ? v / static_cast<T>(rows) : v;
  }
};

struct NoBiasGradient {
  template <class T>
  static T of(T v, int64_t, bool bias) {
    return bias ? T{0} : v;
  }
};

/// dx_i = dy_i − x_i·share/r, where (dy_i − x_i·share)/r is right.
template <class T>
void without_parentheses(const T* x, const T* dy, T* dx, int features, int stride) {
  T squares = 1, sum = 0;
  for (int i = 0; i < features; ++i) squares = math::fma(x[i * stride], x[i * stride], squares);
  const T r = math::sqrt(squares / static_cast<T>(features));
  for (int j = 0; j < features; ++j) sum = math::fma(dy[j * stride], x[j * stride], sum);
  const T share = sum / (static_cast<T>(features) * (r * r));
  for (int i = 0; i < features; ++i) dx[i * stride] = dy[i * stride] - x[i * stride] * share / r;
}

Fault missing_parentheses() {
  ops::Operator op = root_mean();
  op.backward = [](const ops::Call& c, ops::Span panels) {
    if (c.dx[0] == nullptr) return;
    for (int64_t n = panels.begin * kPanel; n < panels.end * kPanel; ++n) {
      const size_t at = panel_at(n, 0, c.features(0));
      without_parentheses(c.x[0] + at, c.dy + at, c.dx[0] + at, c.features(0), kPanel);
    }
  };
  const auto row = [](const auto& r) {
    if (r.dx[0] == nullptr) return;
    const int f = r.features(0);
    for (int64_t n = 0; n < r.rows; ++n) without_parentheses(r.x[0] + n * f, r.dy + n * f, r.dx[0] + n * f, f, 1);
  };
  op.reference_backward_f32 = [](const ops::Reference<float>& r) { decltype(row){}(r); };
  op.reference_backward_f64 = [](const ops::Reference<double>& r) { decltype(row){}(r); };
  return {"a + b/c for (a + b)/c in a normalisation", op, root_mean_cases(), {"formula", "differences", "adjoint"}};
}

}  // namespace

std::vector<Fault> gradient_faults() {
  const std::vector<std::string> nature = {"formula", "differences", "adjoint"};
  return {wrong_gradient<ForgottenMask>("relu's mask forgotten", "relu", nature),
          wrong_gradient<GainOfUpstream>("gain built from the upstream gradient", "sigmoid", nature),
          wrong_gradient<WrongSign>("sign error", "tanh", nature),
          wrong_gradient<GainOneAtKink>("gain 1 at relu's kink", "relu", {"differences"}),
          wrong_gradient<DeadBelowMinusFive>("no gradient in a rarely visited region", "softplus", nature),
          changed_linear<MeanForSum>("mean for sum in the bias gradient", nature),
          changed_linear<NoBiasGradient>("bias never updated", nature),
          missing_parentheses()};
}

}  // namespace retrograd::support
