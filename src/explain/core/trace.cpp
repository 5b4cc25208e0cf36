// How the factor of the forward pass came about: the equations that made it, down to the data.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/core/state.hpp"
#include "ops/formula/node.hpp"

namespace retrograd::explaining {
namespace {

using Scope = ops::Formula::Scope;

/// Where the numbers of the forward factor come from, down to the data.
class Tracer {
 public:
  Tracer(const State& s, Derivation& d) : s_(s), d_(d) {}

  void run(int parameter, int from, int to) {
    const graph::Parameter& p = s_.program().parameters[static_cast<size_t>(parameter)];
    const graph::Equation& eq = s_.program().equations[static_cast<size_t>(p.equation)];
    const LocalFormula& formula = s_.formula(p.equation);
    if (formula.scope() == Scope::batch) return;
    const auto k = std::find(eq.parameters.begin(), eq.parameters.end(), parameter) - eq.parameters.begin();
    std::vector<Reading> readings;
    formula.record(&readings);
    formula.by_parameter(static_cast<int>(k), from, to, s_.focus, to);
    formula.record(nullptr);
    std::erase_if(readings, [](const Reading& r) { return r.input < 0; });
    // A normalised factor reads the whole row: then one trace of many would say nothing.
    if (readings.size() == 1) trace(eq.inputs[static_cast<size_t>(readings[0].input)], readings[0].unit);
  }

 private:
  void trace(int value, int unit) {
    const int equation = s_.program().values[static_cast<size_t>(value)].equation;
    if (equation < 0 || d_.forward.size() >= 16) return;
    const LocalFormula& formula = s_.formula(equation);
    const graph::Equation& eq = formula.equation();
    ForwardTrace t;
    t.value = s_.program().values[static_cast<size_t>(value)].name;
    t.unit = unit;
    t.equation_op = eq.op->info->name;
    t.formula = formula.printed();
    const size_t at = static_cast<size_t>(s_.focus) * static_cast<size_t>(eq.shapes.output) + static_cast<size_t>(unit);
    std::vector<Reading> readings;
    formula.record(&readings);
    const double result =
        formula.scope() == Scope::batch ? s_.pass->value(value).recomputed[at] : formula.forward(s_.focus, unit);
    formula.record(nullptr);
    t.result = audited(s_.pass->value(value), at, result);
    const size_t limit = 2 * static_cast<size_t>(s_.options.terms);
    if (readings.size() > limit) {
      t.folded = static_cast<int64_t>(readings.size());
      largest_terms(formula, unit, readings);
      t.folded -= static_cast<int64_t>(readings.size());
    }
    for (const Reading& r : readings) t.operands.push_back({name(formula, r), r.value});
    d_.forward.push_back(std::move(t));
    // A sum over a layer ends the trace: its terms are the layer below, which is another derivation.
    if (readings.size() > limit || d_.forward.back().folded > 0) return;
    int below = -1, count = 0;
    for (size_t r = 0; r < readings.size(); ++r)
      if (readings[r].input >= 0) {
        below = static_cast<int>(r);
        ++count;
      }
    if (count == 1)
      trace(eq.inputs[static_cast<size_t>(readings[static_cast<size_t>(below)].input)],
            readings[static_cast<size_t>(below)].unit);
  }

  /// Keeps the operands of the largest terms of the formula's sums, and those outside of sums.
  void largest_terms(const LocalFormula& formula, int unit, std::vector<Reading>& readings) {
    struct Part {
      double size;
      std::vector<Reading> readings;
    };
    std::vector<Part> parts;
    std::vector<Reading> outside;
    for (const formula::Expr& term : formula::terms(formula.expression())) {
      std::vector<Reading> read;
      formula.record(&read);
      const formula::Node& node = term.node();
      if (node.op != formula::Op::sum) {
        formula.at(term, s_.focus, unit, {});
        if (read.size() <= 4) outside.insert(outside.end(), read.begin(), read.end());
      } else {
        const int range =
            node.name == "O" ? formula.equation().shapes.output
            : node.name.starts_with("I")
                ? formula.equation().signature.features[static_cast<size_t>(std::stoi(node.name.substr(1)))]
                : 0;
        for (int i = 0; i < range; ++i) {
          read.clear();
          const double size = std::fabs(formula.at(node.args[0], s_.focus, unit, {{node.indices[0], i}}));
          parts.push_back({size, read});
        }
      }
      formula.record(nullptr);
    }
    std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.size > b.size; });
    readings.clear();
    for (size_t k = 0; k < parts.size() && k < static_cast<size_t>(s_.options.terms); ++k)
      readings.insert(readings.end(), parts[k].readings.begin(), parts[k].readings.end());
    readings.insert(readings.end(), outside.begin(), outside.end());
  }

  std::string name(const LocalFormula& formula, const Reading& r) const {
    const graph::Equation& eq = formula.equation();
    if (r.input >= 0) return s_.unit_text(eq.inputs[static_cast<size_t>(r.input)], r.unit);
    if (r.parameter < 0) return fmt::format("{}[{}]", formula.extra_symbol(), r.unit + 1);
    const std::string& p =
        s_.program().parameters[static_cast<size_t>(eq.parameters[static_cast<size_t>(r.parameter)])].name;
    return r.from >= 0 ? fmt::format("{}[{},{}]", p, r.from + 1, r.unit + 1) : fmt::format("{}[{}]", p, r.unit + 1);
  }

  const State& s_;
  Derivation& d_;
};

}  // namespace

void trace_factor(const State& s, Derivation& d, int parameter, int from, int to) {
  Tracer(s, d).run(parameter, from, to);
}

}  // namespace retrograd::explaining
