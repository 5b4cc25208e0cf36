// The loss, softmax both ways, the gain budget, and the audit's own verdict.
#include <algorithm>
#include <cmath>

#include "explain/core/state.hpp"
#include "explain/core/verify.hpp"

namespace retrograd::explaining {
namespace {

double norm(const std::vector<double>& m) {
  double sum = 0;
  for (double x : m) sum += x * x;
  return std::sqrt(sum);
}

void loss(Evidence& v, const Rebuilt& b) {
  const Explanation& e = v.e;
  v.expect(e.losses.size() == e.rows.size() && e.weights.size() == e.rows.size(),
           "{} losses and {} weights, but {} rows", e.losses.size(), e.weights.size(), e.rows.size());
  double total = 0, size = 0;
  for (size_t n = 0; n < e.rows.size(); ++n) {
    v.expect(e.batch ? e.weights[n] >= 0 : e.weights[n] == 1, "the weight of row {} is {}", e.rows[n] + 1,
             e.weights[n]);
    total += e.weights[n] * e.losses[n];
    size += std::fabs(e.weights[n] * e.losses[n]);
  }
  v.expect_near(e.loss, total, size, "the loss L");
  const graph::Value& l = b.program.values[static_cast<size_t>(b.program.loss)];
  const double own = e.values[static_cast<size_t>(b.program.loss)].computed.at(0);
  v.expect_near(e.losses[static_cast<size_t>(e.focus)], own, std::fabs(own), "the loss of the row in focus");
  const ForwardEquation& f = e.forward[static_cast<size_t>(l.equation)];
  v.expect(e.loss_name == f.op, "the loss is called {}, but its equation is {}", e.loss_name, f.op);
  v.expect_formula(e.loss_formula, f.formula, "the loss formula");
  v.expect(e.reduction == "mean" || e.reduction == "sum", "reduction is '{}'", e.reduction);
}

void both_ways(Evidence& v, const Rebuilt& b) {
  const Explanation& e = v.e;
  const int index = b.program.values[static_cast<size_t>(b.program.loss)].equation;
  const graph::Equation& eq = b.program.equations[static_cast<size_t>(index)];
  std::vector<int> wanted;
  if (e.long_way)
    for (const LongWay::Column& c : e.long_way->columns) wanted.push_back(c.unit);
  const auto computed = [&](int value) { return e.values[static_cast<size_t>(value)].computed; };
  const std::string& name = b.program.values[static_cast<size_t>(eq.inputs[0])].name;
  const auto way = long_way(*eq.op, eq.signature, name, computed(eq.inputs[0]), computed(eq.inputs[1]), wanted);
  v.expect(way.has_value() == e.long_way.has_value(), "the long way is {}, but the loss {}",
           e.long_way ? "given" : "missing", way ? "has one" : "has none");
  if (!way) return;
  const LongWay& found = *e.long_way;
  v.expect(found.value == way->value && found.activation == way->activation && found.target == way->target,
           "the long way is of {} and {}, expected {} and {}, with the row's target", found.value, found.activation,
           way->value, way->activation);
  v.expect_formula(found.loss_of_p, way->loss_of_p, "l by p");
  v.expect_formula(found.dl_dp, way->dl_dp, "∂l/∂p");
  v.expect_formula(found.dp_dz, way->dp_dz, "∂p/∂z");
  v.expect_formula(found.collapsed, way->collapsed, "∂l/∂z");
  const auto same = [&](const std::vector<double>& a, const std::vector<double>& derived, const std::string& what) {
    v.expect(a.size() == derived.size(), "{}: {} numbers, expected {}", what, a.size(), derived.size());
    for (size_t k = 0; k < a.size(); ++k)
      v.expect_near(a[k], derived[k], std::fabs(derived[k]), fmt::format("{}[{}]", what, k + 1), 1e-10);
  };
  same(found.p, way->p, "p");
  same(found.dl_dp_numbers, way->dl_dp_numbers, "∂l/∂p");
  v.expect(found.columns.size() == way->columns.size(), "the long way has {} columns, expected {}",
           found.columns.size(), way->columns.size());
  for (size_t c = 0; c < found.columns.size(); ++c) {
    const LongWay::Column &a = found.columns[c], &d = way->columns[c];
    v.expect(a.unit == d.unit, "column {} of the long way is of unit {}, expected {}", c + 1, a.unit + 1, d.unit + 1);
    const std::string what = fmt::format("{}[{}]", name, a.unit + 1);
    same(a.dp_dz, d.dp_dz, "∂p/∂" + what);
    same(a.products, d.products, "∂l/∂p·∂p/∂" + what);
    v.expect_near(a.sum, d.sum, largest_of(d.products), "the sum for " + what, 1e-12);
    v.expect_near(a.collapsed, d.collapsed, 1e-3 + std::fabs(d.collapsed), "the collapsed ∂l/∂" + what, 1e-12);
    if (std::isfinite(a.sum))
      v.expect_near(a.sum, a.collapsed, 1 + largest_of(d.products), "the long sum for " + what, 1e-9);
  }
}

void gains(Evidence& v) {
  const Explanation& e = v.e;
  if (e.batch) {
    v.leave_open("the gain budget, which reads every row of the batch");
    return;
  }
  for (const GainStep& g : e.gain_steps) {
    const double above = norm(v.gradient(g.from, "the gain budget").computed);
    const double below = norm(v.gradient(g.to, "the gain budget").computed);
    v.expect_near(g.ratio, above > 0 ? below / above : 0, std::fabs(g.ratio),
                  "the ratio ‖" + g.to + "‖/‖" + g.from + "‖");
  }
  for (const GainLayer& g : e.gain_layers) {
    const auto about = [&](const std::string& value) -> const ValueNumbers* {
      const ValueNumbers* last = nullptr;
      for (const ValueNumbers& n : e.gradients)
        if (n.about == value) last = &n;
      return last;
    };
    const ValueNumbers* own = about(g.layer);
    v.expect(own != nullptr, "the gain budget names the layer {}", g.layer);
    v.expect_near(g.norm, norm(own->computed), g.norm, "‖δ‖ of " + g.layer);
    v.expect_near(g.ratio, g.wires * g.gains, std::fabs(g.ratio), "the ratio of " + g.layer);
    if (const ValueNumbers* above = about(g.above); above != nullptr && norm(above->computed) > 0 && g.ratio != 0)
      v.expect_near(g.ratio, g.norm / norm(above->computed), std::fabs(g.ratio), "the ratio of " + g.layer, 1e-10);
    const ValueNumbers& z = v.value(g.layer, "the gain budget");
    if (g.activation.empty()) continue;
    double saturated = 0;
    for (double x : z.computed) saturated += std::fabs(x) > 3;
    // A normalisation may stand between z and the activation: then its input is another value.
    const bool direct = std::any_of(e.forward.begin(), e.forward.end(), [&](const ForwardEquation& f) {
      return f.kind == "activation" && f.inputs.size() == 1 && f.inputs[0] == g.layer && f.op == g.activation;
    });
    if (direct && g.units == z.features)
      v.expect_near(g.saturated, saturated / z.features, 1, "the share of |z| > 3 in " + g.layer);
  }
}

void verdict(Evidence& v) {
  const Explanation& e = v.e;
  bool ok = true;
  const auto numbers = [&](const auto& all) {
    for (const auto& n : all) {
      v.expect(n.ok == !(n.worst_ulp > n.bound), "{}: ok is {}, but its worst is {} ulp of {}", n.name, n.ok,
               n.worst_ulp, n.bound);
      ok = ok && n.ok;
    }
  };
  numbers(e.values);
  numbers(e.gradients);
  numbers(e.parameters);
  for (const Derivation& d : e.derivations) {
    ok = ok && d.central_ok && d.executor_ok;
    for (const DerivationNode& n : d.nodes) ok = ok && n.value.ok;
  }
  v.expect(ok || e.disagreements > 0, "a number is beyond its bound, but the receipt counts no disagreement");
  v.expect((e.disagreements > 0) == !e.complaints.empty(), "{} disagreements, but {} complaints", e.disagreements,
           e.complaints.size());
}

}  // namespace

void verify_statement(Evidence& v, const Rebuilt& built) {
  loss(v, built);
  both_ways(v, built);
  if (const auto& n = v.e.neuron) {
    const int value = built.program.value(n->value);
    v.expect(value >= 0 && v.equation(n->value, "the neuron").kind == "linear" && n->unit >= 0 &&
                 n->unit < built.program.values[static_cast<size_t>(value)].features,
             "the neuron is unit {} of {}, which is no linear layer's", n->unit + 1, n->value);
  }
  gains(v);
  verdict(v);
}

}  // namespace retrograd::explaining
