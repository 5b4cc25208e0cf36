// Proof 6: the kernel is within the room's declared bound of the double reference, counted in ulp of the largest term
// of each result; the largest error found is reported.
//
// The largest term of an element:
//   bound 0 (chains of fused multiply-adds)   the same chain on absolute values; its k roundings may add up
//   element-wise                              the result itself, or the case's floor where the terms cancel
//   row-wise                                  y: the result, or Σ_i |x_i ∂y/∂x_i|, what rounding the inputs moves;
//                                             dx: Σ_j of what each dy_j adds
//   batch                                     the largest of its column
//   row-wise and batch                        or what rounding every input to its nearest float moves
//   gradients of parameters                   Σ_n of what each sample adds
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "support/problem.hpp"
#include "support/proof.hpp"
#include "support/within.hpp"

namespace retrograd::support {
namespace {

using Vector = std::vector<double>;
using Scope = ops::Formula::Scope;

/// Products of a term that was flushed to zero (the smallest normal float is 2^-126) with numbers up to 2^8.
constexpr double kFlushed = 0x1p-118;

/// A unit in the last place of a float of this size.
double ulp_of(double size) { return std::ldexp(1.0, std::ilogb(std::max(size, 0x1p-126)) - 23); }

void add_absolute(Vector& sums, const Vector& terms) {
  for (size_t i = 0; i < sums.size(); ++i) sums[i] += std::fabs(terms[i]);
}

struct Scales {
  Vector y;
  std::vector<Vector> dx, dparameters;
};

class BoundProof {
 public:
  BoundProof(const Problem& p, Report& report)
      : p_(p),
        report_(report),
        data_(data_as<double>(p)),
        exact_(run_reference(p, data_, p.c.training)),
        scope_(p.op->formula(p.c.signature).scope) {}

  void run() {
    const Scales s = scales();
    const Outcome<float> kernel = run_kernel(p_, {.training = p_.c.training});
    const ops::OperatorInfo& info = *p_.op->info;
    compare("y", kernel.y, exact_.y, s.y, info.forward_ulp, report_.forward_ulp);
    for (size_t k = 0; k < kernel.dx.size(); ++k) {
      compare("dx", kernel.dx[k], exact_.dx[k], s.dx[k], info.backward_ulp, report_.backward_ulp);
    }
    for (size_t k = 0; k < kernel.dparameters.size(); ++k) {
      compare("d" + p_.shapes.parameters[k].name, kernel.dparameters[k], exact_.dparameters[k], s.dparameters[k],
              info.backward_ulp, report_.backward_ulp);
    }
  }

 private:
  Scales scales() const {
    Scales s = magnitudes(exact_);
    floor(s);
    if (!p_.c.training || p_.op->info->forward_ulp == 0) {
      if (p_.op->info->forward_ulp == 0) s = absolute_chains();
      return s;
    }
    if (scope_ == Scope::batch) columns(s);
    if (scope_ == Scope::row) row_terms(s);
    sample_terms(s);
    if (scope_ != Scope::element) moved_by_rounding(s);
    return s;
  }

  static Scales magnitudes(const Outcome<double>& o) {
    const auto absolute = [](Vector v) {
      for (double& e : v) e = std::fabs(e);
      return v;
    };
    Scales s;
    s.y = absolute(o.y);
    for (const auto& v : o.dx) s.dx.push_back(absolute(v));
    for (const auto& v : o.dparameters) s.dparameters.push_back(absolute(v));
    return s;
  }

  void floor(Scales& s) const {
    for (double& v : s.y) v = std::max(v, p_.c.forward_floor);
    for (size_t k = 0; k < s.dx.size(); ++k) {
      for (size_t i = 0; i < s.dx[k].size(); ++i) {
        const size_t n = i / static_cast<size_t>(p_.features(static_cast<int>(k)));
        double dy = 0;
        if (scope_ == Scope::element) {
          dy = std::fabs(data_.dy[i]);
        } else {
          for (int j = 0; j < p_.outputs(); ++j)
            dy = std::max(dy, std::fabs(data_.dy[n * static_cast<size_t>(p_.outputs()) + static_cast<size_t>(j)]));
        }
        const double term = p_.c.gain_term ? p_.c.gain_term(data_.x[k][i]) : 0;
        s.dx[k][i] = std::max(s.dx[k][i], dy * std::max(p_.c.backward_floor, term));
      }
    }
  }

  Scales absolute_chains() const {
    Data<double> data = data_;
    const auto absolute = [](Vector& v) {
      for (double& e : v) e = std::fabs(e);
    };
    for (size_t k = 0; k < data.x.size(); ++k) {
      if (p_.wants_dx(static_cast<int>(k))) absolute(data.x[k]);
    }
    for (Vector& v : data.parameters) absolute(v);
    absolute(data.dy);
    return magnitudes(run_reference(p_, data, p_.c.training));
  }

  void columns(Scales& s) const {
    const auto spread = [](Vector& v, int features) {
      Vector largest(static_cast<size_t>(features), 0.0);
      for (size_t i = 0; i < v.size(); ++i) {
        double& l = largest[i % largest.size()];
        l = std::max(l, v[i]);
      }
      for (size_t i = 0; i < v.size(); ++i) v[i] = largest[i % largest.size()];
    };
    spread(s.y, p_.outputs());
    for (size_t k = 0; k < s.dx.size(); ++k) spread(s.dx[k], p_.features(static_cast<int>(k)));
  }

  void row_terms(Scales& s) const {
    std::vector<Vector> dx_terms;
    for (const Vector& v : s.dx) dx_terms.emplace_back(v.size(), 0.0);
    const auto outputs = static_cast<size_t>(p_.outputs());
    for (size_t j = 0; j < outputs; ++j) {
      Data<double> one = data_;
      for (size_t i = 0; i < one.dy.size(); ++i) one.dy[i] = i % outputs == j ? 1.0 : 0.0;
      const Outcome<double> o = run_reference(p_, one);
      for (size_t k = 0; k < o.dx.size(); ++k) {
        const auto features = static_cast<size_t>(p_.features(static_cast<int>(k)));
        Vector moves(static_cast<size_t>(p_.rows), 0.0);
        for (size_t i = 0; i < o.dx[k].size(); ++i) {
          const size_t n = i / features;
          dx_terms[k][i] += std::fabs(o.dx[k][i] * data_.dy[n * outputs + j]);
          if (o.dx[k][i] != 0) moves[n] += std::fabs(data_.x[k][i] * o.dx[k][i]);
        }
        for (size_t n = 0; n < moves.size(); ++n) s.y[n * outputs + j] = std::max(s.y[n * outputs + j], moves[n]);
      }
    }
    for (size_t k = 0; k < s.dx.size(); ++k) {
      for (size_t i = 0; i < s.dx[k].size(); ++i) s.dx[k][i] = std::max(s.dx[k][i], dx_terms[k][i]);
    }
  }

  /// What half a unit in the last place of every input moves: an ill-conditioned result cannot be nearer than that.
  void moved_by_rounding(Scales& s) const {
    Stream random(3, Purpose::check, 29);
    for (int trial = 0; trial < 4; ++trial) {
      Data<double> rounded = data_;
      for (size_t k = 0; k < rounded.x.size(); ++k) {
        if (!p_.wants_dx(static_cast<int>(k))) continue;
        for (double& v : rounded.x[k]) v *= 1 + (random.below(2) == 0 ? 0x1p-24 : -0x1p-24);
      }
      const Outcome<double> o = run_reference(p_, rounded);
      const auto grow = [](Vector& scale, const Vector& moved, const Vector& exact) {
        for (size_t i = 0; i < scale.size(); ++i)
          scale[i] = std::max(scale[i], std::fabs(moved[i] - exact[i]) * 0x1p24);
      };
      grow(s.y, o.y, exact_.y);
      for (size_t k = 0; k < s.dx.size(); ++k) grow(s.dx[k], o.dx[k], exact_.dx[k]);
      for (size_t k = 0; k < s.dparameters.size(); ++k) grow(s.dparameters[k], o.dparameters[k], exact_.dparameters[k]);
    }
  }

  void sample_terms(Scales& s) const {
    bool trained = false;
    for (const auto& v : s.dparameters) trained = trained || !v.empty();
    if (!trained) return;
    for (auto& v : s.dparameters) std::fill(v.begin(), v.end(), 0.0);
    const auto outputs = static_cast<size_t>(p_.outputs());
    for (size_t n = 0; n < static_cast<size_t>(p_.rows); ++n) {
      Data<double> one = data_;
      for (size_t i = 0; i < one.dy.size(); ++i) {
        if (i / outputs != n) one.dy[i] = 0;
      }
      const Outcome<double> o = run_reference(p_, one);
      for (size_t k = 0; k < o.dparameters.size(); ++k) add_absolute(s.dparameters[k], o.dparameters[k]);
    }
  }

  void compare(const std::string& name, const std::vector<float>& found, const Vector& exact, const Vector& scale,
               double bound, double& largest) {
    // A chain of k fused multiply-adds rounds k times, half a unit each at most; so may a rounded start.
    const int64_t samples = p_.rows * p_.op->formula(p_.c.signature).blocks;
    const int64_t chain = std::max<int64_t>({samples, p_.features(0), p_.outputs()}) + 1;
    const double allowed = bound == 0 ? 0.5 * static_cast<double>(chain) : bound;
    for (size_t i = 0; i < found.size(); ++i) {
      if (std::isnan(exact[i]) && std::isnan(found[i]) && p_.op->info->kind == ops::Kind::preprocess) continue;
      const double error = error_of(found[i], exact[i]), unit = ulp_of(scale[i]);
      report_.expect(within(error, allowed * unit + kFlushed), [&] {
        return fmt::format("{}: element {} of {} is {} by the kernel and {} exactly: {:.2f} ulp of {}, allowed {}",
                           p_.where(), i, name, found[i], exact[i], error / unit, scale[i], allowed);
      });
      if (error > kFlushed) largest = std::max(largest, error / unit);
    }
  }

  const Problem& p_;
  Report& report_;
  Data<double> data_;
  Outcome<double> exact_;
  Scope scope_;
};

}  // namespace

void prove_bound(const ops::Operator& op, const Case& c, Report& report) {
  for (int64_t rows : c.rows) {
    const Problem p = make_problem(op, c, rows, Numbers::real, 0, 7);
    BoundProof(p, report).run();
  }
  // Element-wise functions are cheap to search: many more points.
  if (!c.large && op.formula(c.signature).scope == Scope::element) {
    const Problem p = make_problem(op, c, 20000, Numbers::real, 0, 8);
    BoundProof(p, report).run();
  }
  if (!c.extremes.empty()) {
    const Problem p = make_problem(op, c, 0, Numbers::extremes);
    BoundProof(p, report).run();
    for (float y : run_kernel(p, {.training = c.training}).y) {
      report.expect(std::isfinite(y), [&] { return fmt::format("{}: y is {} on extreme inputs", p.where(), y); });
    }
  }
}

}  // namespace retrograd::support
