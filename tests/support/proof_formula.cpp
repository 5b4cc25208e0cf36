// Proof 2: what is printed is what is computed. The formula is evaluated element by element, and its own derivative
// summed with dy into the vector-Jacobian product that backward must give.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/fail.hpp"
#include "retrograd/formula.hpp"
#include "support/problem.hpp"
#include "support/proof.hpp"
#include "support/within.hpp"

namespace retrograd::support {
namespace {

using formula::Environment;
using formula::Expr;
using Scope = ops::Formula::Scope;

constexpr double kTolerance = 1e-12;

class FormulaProof {
 public:
  FormulaProof(const Problem& p, Report& report)
      : p_(p), report_(report), formula_(p.op->formula(p.c.signature)), data_(data_as<double>(p)) {
    for (int k = 0; k < p.inputs(); ++k) environment_.ranges[fmt::format("I{}", k)] = p.features(k) / formula_.blocks;
    for (size_t k = 0; k < p.shapes.parameters.size(); ++k)
      environment_.ranges[fmt::format("P{}", k)] = p.shapes.parameters[k].rows;
    environment_.ranges["O"] = block_outputs();
    environment_.ranges["N"] = static_cast<int>(p.rows);
    environment_.value = [this](std::string_view name, std::span<const int> at) { return value(name, at); };
  }

  void forward(const std::vector<double>& y) {
    for (int64_t n = 0; n < p_.rows; ++n) {
      for (int j = 0; j < p_.outputs(); ++j) {
        compare("y", n * p_.outputs() + j, y[index(n, j)], at(formula_.forward, n, j));
      }
    }
  }

  void input_gradient(int k, const std::vector<double>& dx) {
    const auto indices = formula_.scope == Scope::element ? std::vector<std::string>{}
                         : formula_.scope == Scope::row   ? std::vector<std::string>{"q0"}
                                                          : std::vector<std::string>{"q0", "q1"};
    const Expr derivative = formula::differentiate(formula_.forward, p_.op->info->input_names[name_of(k)], indices);
    for (int64_t n = 0; n < p_.rows; ++n) {
      for (int f = 0; f < p_.features(k); ++f) {
        double sum = 0;
        if (formula_.scope == Scope::element) {
          sum = dy(n, f) * at(derivative, n, f);
        } else {
          const int width = p_.features(k) / formula_.blocks;
          environment_.indices["q0"] = formula_.scope == Scope::row ? f % width : static_cast<int>(n);
          environment_.indices["q1"] = f % width;
          const bool batch = formula_.scope == Scope::batch;
          const int only = formula_.blocks > 1 ? f / width : -1;
          for (int64_t m = batch ? 0 : n; m < (batch ? p_.rows : n + 1); ++m) sum += row_product(derivative, m, only);
        }
        compare(fmt::format("d{}", p_.op->info->input_names[name_of(k)]).c_str(), n * p_.features(k) + f,
                dx[static_cast<size_t>(n * p_.features(k) + f)], sum);
      }
    }
  }

  void parameter_gradient(size_t k, const std::vector<double>& dparameter) {
    const ops::ParameterSpec& spec = p_.shapes.parameters[k];
    const auto indices =
        spec.rows > 1 || spec.name == "W" ? std::vector<std::string>{"q0", "q1"} : std::vector<std::string>{"q1"};
    const Expr derivative = formula::differentiate(formula_.forward, spec.name, indices);
    for (int i = 0; i < spec.rows; ++i) {
      for (int o = 0; o < spec.cols; ++o) {
        environment_.indices["q0"] = i;
        environment_.indices["q1"] = by_block(spec) ? o % block_outputs() : o;
        const int only = by_block(spec) ? o / block_outputs() : -1;
        double sum = 0;
        for (int64_t n = 0; n < p_.rows; ++n) sum += row_product(derivative, n, only);
        compare(fmt::format("d{}", spec.name).c_str(), i * spec.cols + o,
                dparameter[static_cast<size_t>(i * spec.cols + o)], sum);
      }
    }
  }

 private:
  size_t name_of(int k) const { return std::min(static_cast<size_t>(k), p_.op->info->input_names.size() - 1); }
  size_t index(int64_t n, int j) const { return static_cast<size_t>(n * p_.outputs() + j); }
  double dy(int64_t n, int j) const { return data_.dy[index(n, j)]; }
  int block_outputs() const { return p_.outputs() / formula_.blocks; }
  bool by_block(const ops::ParameterSpec& spec) const { return formula_.blocks > 1 && spec.cols == p_.outputs(); }

  double at(const Expr& e, int64_t n, int j) {
    row_ = n;
    feature_ = j;
    environment_.indices["j"] = j % block_outputs();
    environment_.indices["n"] = static_cast<int>(n);
    return formula::evaluate(e, environment_);
  }

  /// Over the outputs of block `only`, or of all (−1).
  double row_product(const Expr& derivative, int64_t n, int only) {
    double sum = 0;
    for (int j = 0; j < p_.outputs(); ++j)
      if (only < 0 || j / block_outputs() == only) sum += dy(n, j) * at(derivative, n, j);
    return sum;
  }

  double value(std::string_view name, std::span<const int> i) const {
    for (int k = 0; k < p_.inputs(); ++k) {
      if (p_.op->info->input_names[name_of(k)] != name) continue;
      const auto& x = data_.x[static_cast<size_t>(k)];
      if (i.size() == 2) return x.at(static_cast<size_t>(i[0] * p_.features(k) + i[1]));
      const int width = p_.features(k) / formula_.blocks;
      const int f = i.size() == 1 ? feature_ / block_outputs() * width + i[0] : feature_;
      if (f < 0 || f >= p_.features(k)) fail("formula reads feature {} of {}", f, name);
      return x[static_cast<size_t>(row_ * p_.features(k) + f)];
    }
    for (size_t k = 0; k < p_.shapes.parameters.size(); ++k) {
      const ops::ParameterSpec& spec = p_.shapes.parameters[k];
      if (spec.name != name) continue;
      const int first = by_block(spec) ? feature_ / block_outputs() * block_outputs() : 0;
      const int flat = i.size() == 2    ? i[0] * spec.cols + first + i[1]
                       : i.size() == 1  ? first + i[0]
                       : spec.cols == 1 ? 0
                                        : feature_;
      return data_.parameters[k].at(static_cast<size_t>(flat));
    }
    if (p_.c.symbol) return p_.c.symbol(name, i, row_, feature_);
    fail("formula reads the unknown symbol {}", name);
  }

  void compare(const char* name, int64_t element, double reference, double from_formula) {
    // NaN passes through operators that carry missing values.
    const bool both_nan =
        std::isnan(reference) && std::isnan(from_formula) && p_.op->info->kind == ops::Kind::preprocess;
    const double scale = std::max(1.0, std::fabs(from_formula));
    report_.expect(both_nan || within(error_of(reference, from_formula), kTolerance * scale), [&] {
      return fmt::format("{}: element {} of {} is {} by the reference and {} by the formula", p_.where(), element, name,
                         reference, from_formula);
    });
  }

  const Problem& p_;
  Report& report_;
  ops::Formula formula_;
  Data<double> data_;
  Environment environment_;
  int64_t row_ = 0;
  int feature_ = 0;
};

}  // namespace

void prove_formula(const ops::Operator& op, const Case& c, Report& report) {
  if (c.large || !c.training) return;
  for (int64_t rows : c.rows) {
    if (rows > 7) continue;
    const Problem p = make_problem(op, c, rows, Numbers::real);
    const Outcome<double> o = run_reference(p, data_as<double>(p), c.training);
    FormulaProof proof(p, report);
    proof.forward(o.y);
    if (!c.differentiable) continue;
    for (int k = 0; k < p.inputs(); ++k) {
      if (p.wants_dx(k)) proof.input_gradient(k, o.dx[static_cast<size_t>(k)]);
    }
    for (size_t k = 0; k < p.shapes.parameters.size(); ++k) {
      if (p.shapes.parameters[k].trained) proof.parameter_gradient(k, o.dparameters[k]);
    }
  }
}

}  // namespace retrograd::support
