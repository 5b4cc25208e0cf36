// Proof 4: ⟨v, J u⟩ = ⟨Jᵀ v, u⟩ for a random direction u in inputs and parameters and a random v = dy, on all rows, so
// that shapes too large for element-wise differences are proved too; alone, and between two linear layers.
#include <fmt/format.h>

#include <cmath>

#include "support/problem.hpp"
#include "support/proof.hpp"
#include "support/within.hpp"

namespace retrograd::support {
namespace {

constexpr double kStep = 1e-3, kMargin = 1e-2;
constexpr double kTolerance = 1e-7;

using Vector = std::vector<double>;

Vector random_vector(size_t size, Stream& random) {
  Vector v(size);
  for (double& e : v) e = 2 * random.uniform() - 1;
  return v;
}

/// values + step·direction
Vector moved(const Vector& values, const Vector& direction, double step) {
  Vector v(values.size());
  for (size_t i = 0; i < v.size(); ++i) v[i] = values[i] + step * direction[i];
  return v;
}

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// J u by Richardson's central differences of y(t), t the step along u.
template <class Function>
Vector derivative_along(const Function& y, double step) {
  const Vector a = y(step), b = y(-step), c = y(step / 2), d = y(-step / 2);
  Vector result(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    result[i] = (4 * (c[i] - d[i]) / step - (a[i] - b[i]) / (2 * step)) / 3;
  }
  return result;
}

/// Compares ⟨v, J u⟩ with ⟨Jᵀ v, u⟩, in units of the root of the sum of squared terms: a tolerance that does not grow
/// with the number of elements, so that one missing sample in hundreds shows. Differences of y over `step` carry y's
/// rounding, which is all there is of a derivative in saturation.
void compare(const std::string& where, const Vector& v, const Vector& y, const Vector& ju, double step, double right,
             Report& report) {
  const double left = dot(v, ju);
  double squares = 0, rounding = 0;
  for (size_t i = 0; i < v.size(); ++i) {
    squares += v[i] * v[i] * ju[i] * ju[i];
    rounding += v[i] * v[i] * y[i] * y[i];
  }
  const double tolerance = kTolerance * std::sqrt(squares) + 8 * 0x1p-53 / step * std::sqrt(rounding);
  report.expect(within(error_of(left, right), tolerance), [&] {
    return fmt::format("{}: ⟨v, J u⟩ is {} but ⟨Jᵀ v, u⟩ is {} (size of the terms {})", where, left, right,
                       std::sqrt(squares));
  });
}

void alone(const Problem& p, Report& report) {
  const Data<double> data = data_as<double>(p);
  const Outcome<double> o = run_reference(p, data);
  Stream random(5, Purpose::check, 17);
  Data<double> u;
  double right = 0;
  for (int k = 0; k < p.inputs(); ++k) {
    const auto at = static_cast<size_t>(k);
    u.x.push_back(p.wants_dx(k) ? random_vector(data.x[at].size(), random) : Vector(data.x[at].size(), 0.0));
    if (!p.wants_dx(k)) continue;
    // A missing value does not move, and its dx is the gradient of nothing.
    for (size_t i = 0; i < u.x[at].size(); ++i) {
      if (std::isnan(data.x[at][i])) u.x[at][i] = 0;
    }
    right += dot(u.x[at], o.dx[at]);
  }
  for (size_t k = 0; k < data.parameters.size(); ++k) {
    const bool trained = p.shapes.parameters[k].trained;
    u.parameters.push_back(trained ? random_vector(data.parameters[k].size(), random)
                                   : Vector(data.parameters[k].size(), 0.0));
    if (trained) right += dot(u.parameters[k], o.dparameters[k]);
  }
  const auto y = [&](double step) {
    Data<double> at = data;
    for (size_t k = 0; k < at.x.size(); ++k) at.x[k] = moved(data.x[k], u.x[k], step);
    for (size_t k = 0; k < at.parameters.size(); ++k)
      at.parameters[k] = moved(data.parameters[k], u.parameters[k], step);
    return reference_forward(p, at);
  };
  compare(p.where(), data.dy, o.y, derivative_along(y, kStep), kStep, right, report);
}

/// The operator between two linear layers whose weights move; their derivatives go through its dx.
class Sandwich {
 public:
  explicit Sandwich(Problem p)
      : p_(std::move(p)),
        linear_(ops::find_operator("linear")),
        data_(data_as<double>(p_)),
        loss_(p_.op->info->kind == ops::Kind::loss) {
    first_ = layer(kInputs, p_.features(0));
    if (!loss_) last_ = layer(p_.outputs(), 3);
  }

  void prove(Report& report) {
    Stream random(5, Purpose::check, 19);
    const Vector u1 = random_vector(w1().size(), random), u2 = loss_ ? Vector() : random_vector(w2().size(), random);
    const Vector v = loss_ ? data_.dy : random_vector(static_cast<size_t>(p_.rows) * 3, random);
    const Vector w1_at = w1(), w2_at = loss_ ? Vector() : w2();
    const auto y = [&](double step) {
      w1() = moved(w1_at, u1, step);
      if (!loss_) w2() = moved(w2_at, u2, step);
      const Vector result = forward();
      w1() = w1_at;
      if (!loss_) w2() = w2_at;
      return result;
    };
    const Vector ju = derivative_along(y, kSandwichStep);
    // Backwards by the references: last layer, operator, first layer.
    const Vector at_rest = forward();
    double right = 0;
    if (loss_) {
      data_.dy = v;
    } else {
      last_.data.dy = v;
      const Outcome<double> top = run_reference(last_.problem, last_.data);
      right += dot(u2, top.dparameters[0]);
      data_.dy = top.dx[0];
    }
    const Outcome<double> middle = run_reference(p_, data_);
    first_.data.dy = middle.dx[0];
    right += dot(u1, run_reference(first_.problem, first_.data).dparameters[0]);
    compare(p_.where() + ", between linear layers", v, at_rest, ju, kSandwichStep, right, report);
  }

 private:
  static constexpr int kInputs = 4;
  static constexpr double kSandwichStep = 2e-4;  // moves z by less than the margin

  struct Layer {
    Problem problem;
    Data<double> data;
  };

  Layer layer(int inputs, int outputs) {
    Case c = make_case("sandwich", {inputs}, {1.0}, outputs);
    c.x = {{-1, 1}};
    Layer l;
    l.problem = make_problem(linear_, c, p_.rows, Numbers::real, 0, static_cast<uint32_t>(inputs));
    l.data = data_as<double>(l.problem);
    return l;
  }

  Vector& w1() { return first_.data.parameters[0]; }
  Vector& w2() { return last_.data.parameters[0]; }

  /// x0 → z (shifted to the problem's own numbers, a constant) → operator → last layer.
  Vector forward() {
    Vector z = reference_forward(first_.problem, first_.data);
    if (shift_.empty()) {
      shift_ = data_.x[0];
      for (size_t i = 0; i < z.size(); ++i) shift_[i] -= z[i];
    }
    data_.x[0] = moved(z, shift_, 1.0);
    Vector a = reference_forward(p_, data_);
    if (loss_) return a;
    last_.data.x[0] = std::move(a);
    return reference_forward(last_.problem, last_.data);
  }

  Problem p_;
  const ops::Operator& linear_;
  Data<double> data_;
  bool loss_;
  Layer first_, last_;
  Vector shift_;  ///< a constant residual, so that the operator sees inputs away from its kinks
};

}  // namespace

void prove_adjoint(const ops::Operator& op, const Case& c, Report& report) {
  if (!c.training) return;
  if (!c.differentiable) {
    ++report.checks;  // proof 3 asserts that dx is 0
    return;
  }
  for (int64_t rows : c.rows) alone(make_problem(op, c, rows, Numbers::real, kMargin, 3), report);
  if (op.info->kind == ops::Kind::preprocess) return;  // reads data, never another layer
  for (int64_t rows : c.rows) Sandwich(make_problem(op, c, rows, Numbers::real, kMargin, 4)).prove(report);
}

}  // namespace retrograd::support
