// Proof 3: the derivative is the one that nature has, by central differences; at kinks, the one that is declared.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "support/problem.hpp"
#include "support/proof.hpp"
#include "support/within.hpp"

namespace retrograd::support {
namespace {

constexpr double kStep = 1e-3;       // Richardson's error is of order step⁴, rounding of order 1e-16/step
constexpr double kMargin = 1e-2;     // from kinks
constexpr double kTolerance = 1e-7;  // relative to the larger of the derivative and dy

class Differences {
 public:
  Differences(const Problem& p, Report& report) : p_(p), report_(report), data_(data_as<double>(p)) {
    for (double v : data_.dy) largest_dy_ = std::max(largest_dy_, std::fabs(v));
  }

  void compare(const std::string& name, std::vector<double>& values, const std::vector<double>& gradient) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i])) continue;  // a missing value has no neighbours
      const double at = values[i];
      const double wide = slope(values[i], at, kStep), narrow = slope(values[i], at, kStep / 2);
      const double expected = (4 * narrow - wide) / 3;  // Richardson
      const double scale = std::max(largest_dy_, std::fabs(expected));
      report_.expect(within(error_of(gradient[i], expected), kTolerance * scale), [&] {
        return fmt::format("{}: element {} of d{} is {}, by central differences {}", p_.where(), i, name, gradient[i],
                           expected);
      });
    }
  }

  Data<double>& data() { return data_; }

 private:
  double objective() const {
    const std::vector<double> y = reference_forward(p_, data_);
    double sum = 0;
    for (size_t i = 0; i < y.size(); ++i) sum += data_.dy[i] * y[i];
    return sum;
  }

  double slope(double& value, double at, double step) const {
    value = at + step;
    const double above = objective();
    value = at - step;
    const double below = objective();
    value = at;
    return (above - below) / (2 * step);
  }

  const Problem& p_;
  Report& report_;
  Data<double> data_;
  double largest_dy_ = 0;
};

/// Puts every element of input 0 (of z − y for losses) on a kink and asks for the declared gain, in all three forms.
void at_kinks(const ops::Operator& op, const Case& c, Report& report) {
  const auto kinks = op.info->kinks;
  const auto gains = c.kink_gains.empty() ? std::span<const double>(op.info->kink_gains) : std::span(c.kink_gains);
  report.expect(kinks.size() == gains.size(), [&] {
    return fmt::format("{}, case {}: {} kinks but {} gains", op.info->name, c.name, kinks.size(), gains.size());
  });
  for (size_t k = 0; k < std::min(kinks.size(), gains.size()); ++k) {
    Problem p = make_problem(op, c, 33, Numbers::integers);
    const bool loss = op.info->kind == ops::Kind::loss;
    for (size_t i = 0; i < p.data.x[0].size(); ++i) {
      p.data.x[0][i] = static_cast<float>(kinks[k]) + (loss ? p.data.x[1][i] : 0.0f);
    }
    const Outcome<double> exact = run_reference(p, data_as<double>(p));
    const Outcome<float> reference = run_reference(p, data_as<float>(p));
    const Outcome<float> kernel = run_kernel(p, {});
    for (size_t i = 0; i < p.data.x[0].size(); ++i) {
      const size_t of = loss ? i / static_cast<size_t>(p.features(0)) : i;
      const double dy = p.data.dy[of];
      const float expected = p.data.dy[of] * static_cast<float>(gains[k]);
      const bool good = within(error_of(exact.dx[0][i], dy * gains[k]), 1e-12) &&
                        within(error_of(reference.dx[0][i], expected), std::fabs(expected) * 0x1p-22) &&
                        within(error_of(kernel.dx[0][i], expected), std::fabs(expected) * 0x1p-22);
      report.expect(good, [&] {
        return fmt::format(
            "{}: at the kink {} the gain is declared as {}; with dy = {}, dx is {} (double), {} (float), "
            "{} (kernel)",
            p.where(), kinks[k], gains[k], dy, exact.dx[0][i], reference.dx[0][i], kernel.dx[0][i]);
      });
    }
  }
}

}  // namespace

void prove_differences(const ops::Operator& op, const Case& c, Report& report) {
  if (c.large || !c.training) return;
  if (c.differentiable) at_kinks(op, c, report);
  for (int64_t rows : c.rows) {
    if (rows > 7) continue;
    const Problem p = make_problem(op, c, rows, Numbers::real, kMargin);
    const Outcome<double> o = run_reference(p, data_as<double>(p));
    if (!c.differentiable) {
      for (const auto& dx : o.dx) {
        for (double v : dx) {
          report.expect(v == 0, [&] { return fmt::format("{}: passes no gradient, but dx is {}", p.where(), v); });
        }
      }
      continue;
    }
    Differences differences(p, report);
    for (int k = 0; k < p.inputs(); ++k) {
      if (!p.wants_dx(k)) continue;
      differences.compare(fmt::format("input {}", k), differences.data().x[static_cast<size_t>(k)],
                          o.dx[static_cast<size_t>(k)]);
    }
    for (size_t k = 0; k < p.shapes.parameters.size(); ++k) {
      if (!p.shapes.parameters[k].trained) continue;
      differences.compare(p.shapes.parameters[k].name, differences.data().parameters[k], o.dparameters[k]);
    }
  }
}

}  // namespace retrograd::support
