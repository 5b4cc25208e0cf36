// The derivation tree of one parameter: the chain rule applied equation by equation along the reverse program.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <tuple>

#include "explain/core/state.hpp"

namespace retrograd::explaining {
namespace {

using Scope = ops::Formula::Scope;
using Kind = graph::ReverseEquation::Kind;

class Deriver {
 public:
  Deriver(const State& s, Derivation& d) : s_(s), pass_(*s.pass), program_(s.program()), d_(d) {}

  void run(int parameter, int from, int to) {
    root(parameter, from, to);
    while (!queue_.empty() && d_.nodes.size() < static_cast<size_t>(s_.options.max_nodes)) {
      const Key key = queue_.front();
      queue_.pop_front();
      open(key);
    }
    // Links to nodes that were asked for and did not fit are taken back.
    for (DerivationNode& node : d_.nodes)
      for (DerivationPath& path : node.paths)
        for (Term& t : path.terms)
          if (t.node >= static_cast<int>(d_.nodes.size())) {
            t.node = -1;
            ++d_.unopened;
          }
  }

 private:
  /// A unit's gradient: (gradient of the reverse program, row, unit).
  using Key = std::tuple<int, int, int>;

  size_t at(int value, int row, int unit) const {
    return static_cast<size_t>(row) * static_cast<size_t>(pass_.features(value)) + static_cast<size_t>(unit);
  }

  int node_for(int gradient, int row, int unit) {
    const Key key{gradient, row, unit};
    const auto found = numbers_.find(key);
    if (found != numbers_.end()) return found->second;
    const int number = static_cast<int>(numbers_.size()) + 1;  // 0 is the parameter's
    numbers_.emplace(key, number);
    queue_.push_back(key);
    return number;
  }

  const graph::ReverseEquation& reversed(int equation) const {
    for (const graph::ReverseEquation& r : pass_.reverse().equations)
      if (r.kind == Kind::vjp && r.forward == equation) return r;
    return pass_.reverse().equations.front();
  }

  /// Sorts, lists, folds and opens the terms of one path.
  void finish(DerivationPath& path, std::vector<Term> terms, int upstream, const Numbers& numbers, size_t at) {
    double sum = 0, magnitude = 0;
    for (const Term& t : terms) {
      sum += t.product;
      magnitude += std::fabs(t.product);
    }
    path.sum = audited(numbers, at, sum);
    const auto zero = [](const Term& t) { return t.product == 0; };
    const auto kept = std::stable_partition(terms.begin(), terms.end(), [&](const Term& t) { return !zero(t); });
    path.zeros = terms.end() - kept;
    // A sum of nothing but zeros still shows where they come from.
    if (kept != terms.begin() || terms.size() > 1) terms.erase(kept, terms.end());
    std::stable_sort(terms.begin(), terms.end(),
                     [](const Term& a, const Term& b) { return std::fabs(a.product) > std::fabs(b.product); });
    if (terms.size() == 1 && zero(terms[0])) path.zeros = 0;
    const auto listed = std::min(terms.size(), static_cast<size_t>(s_.options.terms));
    for (size_t k = listed; k < terms.size(); ++k) {
      ++path.folded;
      path.folded_sum += terms[k].product;
      path.folded_magnitude += std::fabs(terms[k].product);
    }
    terms.resize(listed);
    int opened = 0;
    for (Term& t : terms) {
      const bool worth = terms.size() == 1 || std::fabs(t.product) >= 0.01 * magnitude;
      if (worth && opened < s_.options.open) {
        t.node = node_for(upstream, t.row, t.unit);
        ++opened;
      } else {
        ++d_.unopened;
      }
    }
    path.terms = std::move(terms);
  }

  DerivationPath path_of(const graph::Equation& eq, int upstream) const {
    DerivationPath path;
    path.equation = program_.values[static_cast<size_t>(eq.output)].name;
    path.op = eq.op->info->name;
    path.kind = kind_text(eq.op->info->kind);
    path.upstream = pass_.reverse().gradients[static_cast<size_t>(upstream)].name;
    return path;
  }

  void root(int parameter, int from, int to) {
    const graph::Parameter& p = program_.parameters[static_cast<size_t>(parameter)];
    const graph::Equation& eq = program_.equations[static_cast<size_t>(p.equation)];
    const LocalFormula& formula = s_.formula(p.equation);
    const int k =
        static_cast<int>(std::find(eq.parameters.begin(), eq.parameters.end(), parameter) - eq.parameters.begin());
    const int dy = reversed(p.equation).dy;
    const Matrix& upstream = pass_.gradient(dy).computed;
    const int outputs = eq.shapes.output;
    std::vector<Term> terms;
    for (int n = 0; n < pass_.rows(); ++n) {
      RowShare share;
      share.row = pass_.options().rows[static_cast<size_t>(n)];
      share.forward = share.backward = std::numeric_limits<double>::quiet_NaN();
      int factors = 0;
      for (int j = 0; j < outputs; ++j) {
        Term t;
        t.row = n;
        t.unit = j;
        t.local = formula.by_parameter(k, from, to, n, j);
        t.upstream = upstream[static_cast<size_t>(n) * static_cast<size_t>(outputs) + static_cast<size_t>(j)];
        t.product = t.local * t.upstream;
        share.contribution += t.product;
        // The element that the parameter belongs to is named even when its factor happens to be 0.
        const bool own = t.local != 0 || (outputs == p.cols && j == to);
        if (!own) continue;
        ++factors;
        share.forward = t.local;
        share.backward = t.upstream;
        terms.push_back(t);
      }
      if (factors != 1) share.forward = share.backward = std::numeric_limits<double>::quiet_NaN();
      d_.rows.push_back(share);
    }
    DerivationNode node;
    node.name = "d" + p.name;
    node.quantity = p.name;
    node.parameter = true;
    node.from = from;
    node.unit = to;
    node.symbol = fmt::format("∂{}/∂{}", s_.options.batch ? "L" : "l", d_.symbol);
    DerivationPath path = path_of(eq, dy);
    path.local = formula.printed_by_parameter(k);
    const size_t element = from < 0 ? static_cast<size_t>(to)
                                    : static_cast<size_t>(from) * static_cast<size_t>(p.cols) + static_cast<size_t>(to);
    finish(path, std::move(terms), dy, pass_.dparameter(parameter), element);
    node.value = path.sum;
    node.paths.push_back(std::move(path));
    d_.nodes.push_back(std::move(node));
  }

  void open(const Key& key) {
    const auto [gradient, row, unit] = key;
    const int value = pass_.reverse().gradients[static_cast<size_t>(gradient)].value;
    DerivationNode node;
    node.name = pass_.reverse().gradients[static_cast<size_t>(gradient)].name;
    node.quantity = program_.values[static_cast<size_t>(value)].name;
    node.row = row;
    node.unit = unit;
    node.symbol = fmt::format("∂{}/∂{}", s_.options.batch ? "L" : "l", s_.unit_text(value, unit));
    const size_t element = at(value, row, unit);
    std::vector<int> parts = {gradient};
    for (const graph::ReverseEquation& r : pass_.reverse().equations) {
      if (r.kind == Kind::seed && r.output == gradient) {
        node.leaf = true;
        node.value.computed = node.value.recomputed = pass_.gradient(gradient).computed[element];
        d_.nodes.push_back(std::move(node));
        return;
      }
      if (r.kind == Kind::add && r.output == gradient) parts = r.terms;
    }
    double sum = 0;
    for (const int part : parts) {
      node.paths.push_back(through(part, value, row, unit));
      sum += pass_.gradient(part).computed[element];
    }
    node.value = parts.size() == 1 ? node.paths[0].sum : audited(pass_.gradient(gradient), element, sum);
    d_.nodes.push_back(std::move(node));
  }

  /// What flows back to one unit through the equation that writes gradient `part`.
  DerivationPath through(int part, int value, int row, int unit) {
    const graph::ReverseEquation* reverse = nullptr;
    int k = 0;
    for (const graph::ReverseEquation& r : pass_.reverse().equations)
      for (size_t i = 0; r.kind == Kind::vjp && i < r.dx.size(); ++i)
        if (r.dx[i] == part) {
          reverse = &r;
          k = static_cast<int>(i);
        }
    const graph::Equation& eq = program_.equations[static_cast<size_t>(reverse->forward)];
    const LocalFormula& formula = s_.formula(reverse->forward);
    const Matrix& upstream = pass_.gradient(reverse->dy).computed;
    const int outputs = eq.shapes.output;
    const bool element = formula.scope() == Scope::element, batch = formula.scope() == Scope::batch;
    DerivationPath path = path_of(eq, reverse->dy);
    path.local = formula.printed_by_input(k);
    std::vector<Term> terms;
    for (int n = batch ? 0 : row; n < (batch ? static_cast<int>(pass_.rows()) : row + 1); ++n)
      for (int j = element ? unit : 0; j < (element ? unit + 1 : outputs); ++j) {
        Term t;
        t.row = n;
        t.unit = j;
        t.local = formula.by_input(k, row, unit, n, j);
        t.upstream = upstream[static_cast<size_t>(n) * static_cast<size_t>(outputs) + static_cast<size_t>(j)];
        t.product = t.local * t.upstream;
        if (!batch && !element) path.locals.push_back(t.local);
        terms.push_back(t);
      }
    finish(path, std::move(terms), reverse->dy, pass_.gradient(part), at(value, row, unit));
    return path;
  }

  const State& s_;
  const Pass& pass_;
  const graph::ForwardProgram& program_;
  Derivation& d_;
  std::map<Key, int> numbers_;
  std::deque<Key> queue_;
};

}  // namespace

int linear_number(const graph::ForwardProgram& program, int equation) {
  int count = 0;
  for (int i = 0; i < equation; ++i)
    count += program.equations[static_cast<size_t>(i)].op->info->kind == ops::Kind::linear;
  return program.equations[static_cast<size_t>(equation)].op->info->kind == ops::Kind::linear ? count : -1;
}

Derivation derive(const State& s, int parameter, int from, int to) {
  const graph::Parameter& p = s.program().parameters[static_cast<size_t>(parameter)];
  const graph::Equation& eq = s.program().equations[static_cast<size_t>(p.equation)];
  Derivation d;
  d.parameter = p.name;
  d.layer_equation = p.equation;
  d.from = from;
  d.to = to;
  d.symbol = from < 0 ? fmt::format("{}[{}]", p.name, to + 1) : fmt::format("{}[{},{}]", p.name, from + 1, to + 1);
  const size_t element = static_cast<size_t>(std::max(from, 0)) * static_cast<size_t>(p.cols) + static_cast<size_t>(to);
  d.theta = s.pass->parameter(parameter)[element];
  const auto name_in = [](const std::vector<std::string>& names, int unit) {
    return unit >= 0 && static_cast<size_t>(unit) < names.size() ? names[static_cast<size_t>(unit)] : std::string();
  };
  if (from >= 0) d.from_name = name_in(s.units(eq.inputs[0]), from);
  d.to_name = name_in(s.units(eq.output), to);
  Deriver(s, d).run(parameter, from, to);
  trace_factor(s, d, parameter, from, to);
  double total = 0;
  for (RowShare& r : d.rows) {
    const auto n = static_cast<size_t>(&r - d.rows.data());
    r.loss = s.pass->value(s.program().loss).computed[n];
    r.weight = s.pass->options().weights[n];
    total += r.weight * r.loss;
  }
  for (RowShare& r : d.rows) r.share = total != 0 ? r.weight * r.loss / total : 0;
  std::stable_sort(d.rows.begin(), d.rows.end(), [](const RowShare& a, const RowShare& b) {
    return std::fabs(a.contribution) > std::fabs(b.contribution);
  });
  while (d.rows.size() > static_cast<size_t>(kRowShares)) {
    ++d.folded_rows;
    d.folded_contribution += d.rows.back().contribution;
    d.folded_row_magnitude += std::fabs(d.rows.back().contribution);
    d.rows.pop_back();
  }
  d.update = make_update(s, parameter, from, to);
  central_difference(s, d, parameter, element);
  if (s.executor) {
    const double other = (*s.executor)[p.offset + element];
    d.executor = other;
    d.executor_ok = other == d.nodes[0].value.computed || (std::isnan(other) && std::isnan(d.nodes[0].value.computed));
  }
  return d;
}

}  // namespace retrograd::explaining
