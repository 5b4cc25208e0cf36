// The derivations: every factor, product and sum, the links between them, and the traces.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <set>

#include "explain/core/verify.hpp"

namespace retrograd::explaining {
namespace {

using Scope = ops::Formula::Scope;

class Derivations {
 public:
  Derivations(Evidence& v, const Rebuilt& built, const Derivation& d) : v_(v), e_(v.e), b_(built), d_(d) {}

  void run() {
    const ParameterNumbers& p = v_.parameter(d_.parameter, "a derivation");
    matrix_ = d_.from >= 0;
    v_.expect(
        p.trained && d_.to >= 0 && d_.to < p.cols && d_.from < p.rows && d_.from >= -1 && (matrix_ || p.rows == 1),
        "{}: there is no element [{}, {}] in {}", d_.symbol, d_.from + 1, d_.to + 1, p.name);
    element_ = static_cast<size_t>(std::max(d_.from, 0)) * static_cast<size_t>(p.cols) + static_cast<size_t>(d_.to);
    const std::string symbol =
        matrix_ ? fmt::format("{}[{},{}]", p.name, d_.from + 1, d_.to + 1) : fmt::format("{}[{}]", p.name, d_.to + 1);
    v_.expect(d_.symbol == symbol, "a derivation of {} calls itself {}", symbol, d_.symbol);
    if (!p.values.empty())
      v_.expect(d_.theta == p.values[element_], "{} is {}, but the parameter holds {}", symbol, d_.theta,
                p.values[element_]);
    v_.expect(!d_.nodes.empty() && d_.nodes.size() <= static_cast<size_t>(std::max(1, e_.max_nodes)) &&
                  d_.nodes[0].parameter && d_.nodes[0].quantity == p.name && d_.nodes[0].from == d_.from &&
                  d_.nodes[0].unit == d_.to && d_.nodes[0].paths.size() == 1,
              "{}: the first node is not its own", symbol);
    if (!p.gradient.empty())
      v_.expect(d_.nodes[0].value.computed == p.gradient[element_], "∂/∂{} is {}, but the gradient of {} holds {}",
                symbol, d_.nodes[0].value.computed, p.name, p.gradient[element_]);
    equation_ = b_.program.parameter(p.name)->equation;
    v_.expect(d_.layer_equation == equation_, "{}: it belongs to equation {}, expected {}", symbol, d_.layer_equation,
              equation_);
    linked_.insert(0);
    for (size_t k = 0; k < d_.nodes.size(); ++k) node(k);
    v_.expect(linked_.size() == d_.nodes.size(), "{}: {} nodes, but {} are reached", symbol, d_.nodes.size(),
              linked_.size());
    rows();
    for (const ForwardTrace& t : d_.forward) trace(t);
    verify_update(v_, d_);
    differences(p);
  }

 private:
  size_t equation_of(const std::string& output, const std::string& where) {
    const ForwardEquation& f = v_.equation(output, where);
    return static_cast<size_t>(&f - e_.forward.data());
  }

  void audited(const Audited& a, double size, const std::string& what) {
    const bool broken = std::isnan(a.computed) || std::isnan(a.recomputed);
    v_.expect(a.unit > 0, "{}: one ulp is {}", what, a.unit);
    if (!broken)
      v_.expect_near(a.ulp, (a.computed - a.recomputed) / a.unit, std::max(1.0, std::fabs(a.ulp)), what + " in ulp",
                     1e-9);
    v_.expect(a.ok == (std::fabs(a.ulp) <= a.bound), "{}: ok is {} at {} ulp of {}", what, a.ok, a.ulp, a.bound);
    // No scale is larger than the terms that were added, times what rounding moves.
    v_.expect(broken || a.ok == false || std::fabs(a.computed - a.recomputed) <= 1e-3 * size + 1e-30,
              "{} is {} by the fast code, but {} follows", what, a.computed, a.recomputed);
  }

  void node(size_t index) {
    const DerivationNode& n = d_.nodes[index];
    const std::string what = n.symbol;
    v_.expect(index == 0 || !n.parameter, "{}: only the first node is a parameter's", what);
    v_.expect(n.row >= 0 && static_cast<size_t>(n.row) < e_.rows.size(), "{}: row {} of {}", what, n.row,
              e_.rows.size());
    if (!n.parameter) {
      const ValueNumbers& g = v_.gradient(n.name, what);
      v_.expect(g.about == n.quantity && n.unit >= 0 && n.unit < g.features, "{}: {} is not unit {} of {}", what,
                n.name, n.unit + 1, g.about);
      if (n.row == e_.focus)
        v_.expect(n.value.computed == g.computed[static_cast<size_t>(n.unit)], "{} is {}, but {} holds {}", what,
                  n.value.computed, n.name, g.computed[static_cast<size_t>(n.unit)]);
    }
    if (n.leaf) {
      const graph::Gradient& seed = b_.reverse.gradients.front();
      v_.expect(n.name == seed.name && n.paths.empty() && n.value.computed == e_.weights[static_cast<size_t>(n.row)] &&
                    n.value.recomputed == n.value.computed,
                "{}: the seed is {}, but the row's weight is {}", what, n.value.computed,
                e_.weights[static_cast<size_t>(n.row)]);
      return;
    }
    const std::vector<int> parts = n.parameter ? std::vector<int>{-1} : parts_of(n.name);
    v_.expect(n.paths.size() == parts.size(), "{} has {} paths, expected {}", what, n.paths.size(), parts.size());
    double sum = 0, size = 0;
    for (size_t k = 0; k < parts.size(); ++k) {
      path(n, n.paths[k], parts[k]);
      sum += n.paths[k].sum.computed;
      size += std::fabs(n.paths[k].sum.computed) + std::fabs(n.paths[k].sum.recomputed);
    }
    if (parts.size() > 1) {
      v_.expect_near(n.value.recomputed, sum, size, "the sum of the paths of " + what);
    } else {
      v_.expect(n.value.computed == n.paths[0].sum.computed && n.value.recomputed == n.paths[0].sum.recomputed,
                "{} is {}, but its sum is {}", what, n.value.recomputed, n.paths[0].sum.recomputed);
      for (const Term& t : n.paths[0].terms) size += std::fabs(t.product);
      size += n.paths[0].folded_magnitude;
    }
    audited(n.value, size, what);
  }

  /// The gradients that are added into one, or itself.
  std::vector<int> parts_of(const std::string& name) const {
    for (const graph::ReverseEquation& r : b_.reverse.equations)
      if (r.kind == graph::ReverseEquation::Kind::add &&
          b_.reverse.gradients[static_cast<size_t>(r.output)].name == name)
        return r.terms;
    for (size_t g = 0; g < b_.reverse.gradients.size(); ++g)
      if (b_.reverse.gradients[g].name == name) return {static_cast<int>(g)};
    return {};
  }

  void path(const DerivationNode& n, const DerivationPath& p, int part) {
    const std::string what = n.symbol + " through " + p.equation;
    const size_t index = equation_of(p.equation, what);
    const graph::Equation& eq = b_.program.equations[index];
    const RoomFormula& formula = *b_.formulas[index];
    const graph::ReverseEquation* reverse = nullptr;
    int k = -1;
    for (const graph::ReverseEquation& r : b_.reverse.equations) {
      if (r.kind != graph::ReverseEquation::Kind::vjp || static_cast<size_t>(r.forward) != index) continue;
      reverse = &r;
      for (size_t i = 0; i < r.dx.size(); ++i)
        if (part >= 0 && r.dx[i] == part) k = static_cast<int>(i);
    }
    if (n.parameter)
      k = static_cast<int>(
          std::find(e_.forward[index].parameters.begin(), e_.forward[index].parameters.end(), n.quantity) -
          e_.forward[index].parameters.begin());
    v_.expect(reverse != nullptr && k >= 0 && (!n.parameter || static_cast<int>(index) == equation_),
              "{}: no gradient flows that way", what);
    const std::string& dy = b_.reverse.gradients[static_cast<size_t>(reverse->dy)].name;
    v_.expect(p.upstream == dy && p.op == e_.forward[index].op && p.kind == e_.forward[index].kind,
              "{}: it reads {} of {}, expected {}", what, p.upstream, p.op, dy);
    v_.expect_formula(p.local, n.parameter ? formula.printed_by_parameter(k) : formula.printed_by_input(k), what);
    const std::vector<double>& upstream = v_.gradient(p.upstream, what).computed;

    double sum = p.folded_sum, size = p.folded_magnitude, last = std::numeric_limits<double>::infinity();
    std::set<std::pair<int, int>> seen;
    for (const Term& t : p.terms) {
      const std::string term = fmt::format("{}, term {}", what, t.unit + 1);
      v_.expect(t.row >= 0 && static_cast<size_t>(t.row) < e_.rows.size() && t.unit >= 0 && t.unit < eq.shapes.output &&
                    seen.insert({t.row, t.unit}).second,
                "{}: there is no such unit, or it is there twice", term);
      v_.expect(formula.scope() == Scope::batch || n.parameter || t.row == n.row, "{}: it is of another row", term);
      v_.expect_near(t.product, t.local * t.upstream, std::fabs(t.product), "the product of " + term, 1e-15);
      v_.expect(!(std::fabs(t.product) > last), "{}: the terms are not in order of size", term);
      last = std::fabs(t.product);
      sum += t.product;
      size += std::fabs(t.product);
      if (t.row == e_.focus) {
        v_.expect(t.upstream == upstream[static_cast<size_t>(t.unit)],
                  "{}: its upstream gradient is {}, but {} holds {}", term, t.upstream, p.upstream,
                  upstream[static_cast<size_t>(t.unit)]);
        local(n, t, index, k, term);
      }
      if (t.node >= 0) link(t, p.upstream, term);
    }
    v_.expect(p.folded >= 0 && p.zeros >= 0 && (p.folded > 0 || (p.folded_sum == 0 && p.folded_magnitude == 0)) &&
                  std::fabs(p.folded_sum) <= p.folded_magnitude * (1 + 1e-12) &&
                  (p.folded == 0 || p.folded_magnitude <= static_cast<double>(p.folded) * last * (1 + 1e-12)),
              "{}: {} terms are folded into {}", what, p.folded, p.folded_sum);
    v_.expect_near(p.sum.recomputed, sum, size, "the sum of " + what);
    audited(p.sum, size + std::fabs(p.sum.recomputed), what);
    if (!p.locals.empty() && n.row == e_.focus) refold(p, upstream, what);
    if (n.parameter || formula.scope() != Scope::row)
      v_.expect(p.locals.empty(), "{}: it lists locals, which only sums over a layer have", what);
  }

  /// A local derivative by the operator's own formula.
  void local(const DerivationNode& n, const Term& t, size_t index, int k, const std::string& term) {
    const RoomFormula& formula = *b_.formulas[index];
    if (formula.scope() == Scope::batch) return v_.leave_open("local derivatives across the rows of a batch");
    const graph::Equation& eq = b_.program.equations[index];
    const BlockView view(eq.shapes, formula.blocks());
    const std::optional<int> unit =
        n.parameter                     ? view.within(eq.shapes.parameters[static_cast<size_t>(k)], n.unit, t.unit)
        : formula.scope() == Scope::row ? view.within(n.unit, eq.signature.features[static_cast<size_t>(k)], t.unit)
                                        : n.unit;
    if (!unit) return v_.expect(t.local == 0, "{}: it is of another member, but its factor is {}", term, t.local);
    std::vector<std::pair<std::string, int>> at;
    if (n.parameter) {
      const std::vector<std::string> names = formula.parameter_indices(k);
      if (names.size() == 2)
        at = {{names[0], n.from}, {names[1], *unit}};
      else
        at = {{names[0], *unit}};
    } else if (formula.scope() == Scope::row) {
      at = {{formula.input_indices()[0], *unit}};
    }
    const auto derived = evaluate(
        v_, b_, index, n.parameter ? formula.parameter_derivative(k) : formula.input_derivative(k), t.unit, at);
    if (derived) return v_.expect_near(t.local, *derived, std::fabs(*derived), "the local derivative of " + term);
    v_.leave_open("local derivatives that read parameters too large for the receipt");
  }

  void link(const Term& t, const std::string& upstream, const std::string& term) {
    v_.expect(static_cast<size_t>(t.node) < d_.nodes.size() && t.node > 0, "{}: it links to node {} of {}", term,
              t.node, d_.nodes.size());
    const DerivationNode& up = d_.nodes[static_cast<size_t>(t.node)];
    linked_.insert(t.node);
    v_.expect(up.name == upstream && up.unit == t.unit && up.row == t.row && up.value.computed == t.upstream,
              "{}: it links to {}, which is another number", term, up.symbol);
  }

  /// All terms again from the whole row of local derivatives.
  void refold(const DerivationPath& p, const std::vector<double>& upstream, const std::string& what) {
    v_.expect(p.locals.size() == upstream.size(), "{}: {} local derivatives, expected {}", what, p.locals.size(),
              upstream.size());
    std::vector<double> sizes;
    double sum = 0, all = 0;
    for (size_t j = 0; j < upstream.size(); ++j) {
      const double product = p.locals[j] * upstream[j];
      sum += product;
      all += std::fabs(product);
      if (product != 0) sizes.push_back(std::fabs(product));
    }
    for (const Term& t : p.terms)
      v_.expect(t.local == p.locals[static_cast<size_t>(t.unit)], "{}: the local derivative of term {} is {} and {}",
                what, t.unit + 1, t.local, p.locals[static_cast<size_t>(t.unit)]);
    std::sort(sizes.begin(), sizes.end(), std::greater<>());
    const bool any = !sizes.empty();
    const size_t listed = std::min(sizes.size(), static_cast<size_t>(e_.terms));
    v_.expect(!any || p.terms.size() == listed, "{}: {} terms are listed, expected {}", what, p.terms.size(), listed);
    for (size_t k = 0; any && k < listed; ++k)
      v_.expect_near(std::fabs(p.terms[k].product), sizes[k], sizes[k], fmt::format("{}: term {}", what, k + 1));
    v_.expect(p.folded == static_cast<int64_t>(sizes.size() - listed), "{}: {} terms are folded, expected {}", what,
              p.folded, sizes.size() - listed);
    v_.expect(!any || p.zeros == static_cast<int64_t>(upstream.size() - sizes.size()),
              "{}: {} terms are 0, expected {}", what, p.zeros, upstream.size() - sizes.size());
    double rest = sum;
    for (const Term& t : p.terms) rest -= t.product;
    v_.expect_near(p.folded_sum, p.folded > 0 ? rest : 0, all, "the folded sum of " + what);
    v_.expect_near(p.sum.recomputed, sum, all, "the sum of " + what);
  }

  void rows() {
    const size_t listed = std::min(e_.rows.size(), static_cast<size_t>(kRowShares));
    v_.expect(d_.rows.size() == listed && d_.folded_rows == static_cast<int64_t>(e_.rows.size() - listed),
              "{}: {} rows add to it and {} more, expected {} and {}", d_.symbol, d_.rows.size(), d_.folded_rows,
              listed, e_.rows.size() - listed);
    std::set<int64_t> seen;
    double sum = d_.folded_contribution, size = d_.folded_row_magnitude, last = std::numeric_limits<double>::infinity(),
           total = 0;
    for (size_t n = 0; n < e_.rows.size(); ++n) total += e_.weights[n] * e_.losses[n];
    for (const RowShare& r : d_.rows) {
      const auto found = std::find(e_.rows.begin(), e_.rows.end(), r.row);
      const std::string what = fmt::format("{}, row {}", d_.symbol, r.row + 1);
      v_.expect(found != e_.rows.end() && seen.insert(r.row).second, "{}: it is not explained, or there twice", what);
      const auto n = static_cast<size_t>(found - e_.rows.begin());
      v_.expect(r.loss == e_.losses[n] && r.weight == e_.weights[n], "{}: its loss or weight is another", what);
      v_.expect_near(r.share, total != 0 ? r.weight * r.loss / total : 0, 1, "the share of " + what);
      if (!std::isnan(r.forward) && !std::isnan(r.backward))
        v_.expect_near(r.contribution, r.forward * r.backward, std::fabs(r.contribution),
                       "the contribution of " + what);
      v_.expect(!(std::fabs(r.contribution) > last), "{}: the rows are not in order of size", what);
      last = std::fabs(r.contribution);
      sum += r.contribution;
      size += last;
      if (static_cast<int>(n) != e_.focus && !std::isnan(r.forward))
        v_.leave_open("what enters and what flows back in the rows that are not in focus");
    }
    v_.expect(std::fabs(d_.folded_contribution) <= d_.folded_row_magnitude * (1 + 1e-12) &&
                  d_.folded_row_magnitude <= static_cast<double>(d_.folded_rows) * last * (1 + 1e-12),
              "{}: {} rows are folded into {}", d_.symbol, d_.folded_rows, d_.folded_contribution);
    v_.expect_near(d_.nodes[0].value.recomputed, sum, size, "the sum over the rows of " + d_.symbol);
  }

  void trace(const ForwardTrace& t) {
    const std::string what = fmt::format("{}[{}]", t.value, t.unit + 1);
    const size_t index = equation_of(t.value, "the trace of " + d_.symbol);
    const ValueNumbers& y = v_.value(t.value, what);
    v_.expect(t.unit >= 0 && t.unit < y.features && t.equation_op == e_.forward[index].op, "{}: there is no such unit",
              what);
    v_.expect(t.result.computed == y.computed[static_cast<size_t>(t.unit)], "{} is {}, but its value is {}", what,
              t.result.computed, y.computed[static_cast<size_t>(t.unit)]);
    v_.expect_formula(t.formula, e_.forward[index].formula, what);
    const double scale = std::max(1e-3, largest_of(y.computed));
    if (const auto derived = b_.formulas[index]->scope() == Scope::batch
                                 ? std::nullopt
                                 : evaluate(v_, b_, index, b_.formulas[index]->expression(), t.unit, {}))
      v_.expect_near(t.result.recomputed, *derived, scale, what, 1e-10);
    audited(t.result, 1e3 * scale, what);
    for (const Operand& o : t.operands) operand(o, index, what);
  }

  void operand(const Operand& o, size_t index, const std::string& what) {
    for (const std::string& in : e_.forward[index].inputs)
      for (int j = 0; o.name.starts_with(in) && j < e_.value(in)->features; ++j)
        if (o.name == fmt::format("{}[{}]", in, j + 1)) {
          const double value = e_.value(in)->computed[static_cast<size_t>(j)];
          v_.expect(o.value == value || (std::isnan(o.value) && std::isnan(value)), "{}: {} is {}, but its value is {}",
                    what, o.name, o.value, value);
          return;
        }
    for (const std::string& name : e_.forward[index].parameters) {
      if (!o.name.starts_with(name + "[")) continue;
      const ParameterNumbers& p = *e_.parameter(name);
      if (p.values.empty()) return;
      int from = 0, to = 0;
      const char* inside = o.name.c_str() + name.size();
      const bool two = std::sscanf(inside, "[%9d,%9d]", &from, &to) == 2;
      if (!two) v_.expect(std::sscanf(inside, "[%9d]", &to) == 1, "{}: operand {}", what, o.name);
      const int row = two ? from - 1 : 0;
      v_.expect(row >= 0 && row < p.rows && to >= 1 && to <= p.cols, "{}: there is no {}", what, o.name);
      const double value =
          p.values[static_cast<size_t>(row) * static_cast<size_t>(p.cols) + static_cast<size_t>(to - 1)];
      v_.expect(o.value == value, "{}: {} is {}, but the parameter holds {}", what, o.name, o.value, value);
      return;
    }
    v_.expect(o.name.starts_with(e_.forward[index].extra_symbol + "[") && !e_.forward[index].extra_symbol.empty(),
              "{}: it does not read {}", what, o.name);
  }

  void differences(const ParameterNumbers& p) {
    const double g = d_.nodes[0].value.computed;
    if (d_.executor)
      v_.expect(d_.executor_ok == (*d_.executor == g || (std::isnan(g) && std::isnan(*d_.executor))),
                "{}: the executor's gradient is {}, the derivation's {}", d_.symbol, *d_.executor, g);
    v_.expect(d_.central_ok == (d_.central_step == 0 || d_.central_error <= 1e-6), "{}: central_ok is {} at {}",
              d_.symbol, d_.central_ok, d_.central_error);
    if (d_.central_step == 0 || !d_.central_ok) return;
    double scale = std::max(std::fabs(g), std::fabs(d_.central_difference));
    scale = std::max(scale, p.gradient.empty() ? 1e-3 : 0.01 * largest_of(p.gradient));
    v_.expect_near(d_.central_difference, g, scale, "the central difference of " + d_.symbol,
                   e_.precision == "float32" ? 1e-2 : 1e-5);
  }

  Evidence& v_;
  const Explanation& e_;
  const Rebuilt& b_;
  const Derivation& d_;
  bool matrix_ = false;
  size_t element_ = 0;
  int equation_ = -1;
  std::set<int> linked_;
};

}  // namespace

void verify_derivations(Evidence& v, const Rebuilt& built) {
  for (const Derivation& d : v.e.derivations) Derivations(v, built, d).run();
}

}  // namespace retrograd::explaining
