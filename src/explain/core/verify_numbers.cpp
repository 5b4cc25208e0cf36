// Every value and gradient of the focus row from the numbers before it.
#include <algorithm>
#include <cmath>

#include "explain/core/kernel_run.hpp"
#include "explain/core/verify.hpp"

namespace retrograd::explaining {
namespace {

using Scope = ops::Formula::Scope;

/// A parameter that is not in the receipt.
struct LeftOut {};

class NumberCheck {
 public:
  NumberCheck(Evidence& v, const Rebuilt& built) : v_(v), e_(v.e), b_(built) {}

  void run() {
    for (size_t i = 0; i < b_.program.equations.size(); ++i)
      if (e_.forward[i].for_loss || e_.forward[i].for_prediction) forward(i);
    for (const graph::ReverseEquation& r : b_.reverse.equations) backward(r);
  }

 private:
  const std::vector<double>& computed(int value) const { return e_.values[static_cast<size_t>(value)].computed; }
  const ValueNumbers& gradient(int g) const { return e_.gradients[static_cast<size_t>(g)]; }

  /// The operands of one equation; false if a parameter is not in the receipt.
  bool operands(size_t index, Operands& o) const {
    const graph::Equation& eq = b_.program.equations[index];
    for (const int in : eq.inputs) o.x.push_back(&computed(in));
    for (const int p : eq.parameters) {
      o.parameters.push_back(e_.parameters[static_cast<size_t>(p)].values);
      o.trained.push_back(b_.program.parameters[static_cast<size_t>(p)].trained);
      if (o.parameters.back().empty()) return false;
    }
    return true;
  }

  /// computed against the declared bound, in units of the rebuilt scale.
  void audited(const std::vector<double>& found, const std::vector<double>& derived, const Matrix& scale, double bound,
               double floor, const std::string& name) {
    const Matrix unit = ulp_units(scale, bound, floor, e_.precision == "float32");
    for (size_t k = 0; k < found.size(); ++k) {
      const double error = std::fabs(found[k] - derived[k]) / unit[k];
      const bool within = found[k] == derived[k] || error <= bound || (std::isnan(found[k]) && std::isnan(derived[k]));
      v_.expect(within || !e_.ok(), "{}[{}] is {}, {:.3g} ulp from what follows; its bound is {:.3g}", name, k + 1,
                found[k], error, bound);
    }
  }

  void forward(size_t index) {
    const graph::Equation& eq = b_.program.equations[index];
    const ForwardEquation& f = e_.forward[index];
    const ValueNumbers& y = e_.values[static_cast<size_t>(eq.output)];
    const RoomFormula& formula = *b_.formulas[index];
    const bool element = formula.scope() == Scope::element && eq.inputs.size() == 1;
    extra(index);
    v_.expect(f.gains.size() == (element ? y.computed.size() : 0), "equation {} has {} gains", f.output,
              f.gains.size());
    for (size_t j = 0; j < f.gains.size(); ++j) {
      const double gain = *evaluate(v_, b_, index, formula.input_derivative(0), static_cast<int>(j), {});
      v_.expect_near(f.gains[j], gain, std::fabs(gain), fmt::format("the gain of {}[{}]", f.output, j + 1));
    }
    if (!formula.extra_symbol().empty()) {  // the mask stands in for the random numbers
      for (size_t j = 0; j < y.recomputed.size(); ++j)
        v_.expect_near(y.recomputed[j], *evaluate(v_, b_, index, formula.expression(), static_cast<int>(j), {}),
                       std::fabs(y.recomputed[j]), fmt::format("{}[{}]", y.name, j + 1));
      Matrix size = y.recomputed;
      for (double& x : size) x = std::fabs(x);
      audited(y.computed, y.recomputed, size, forward_bound(eq, 1), 1, y.name);
      return;
    }
    Operands o;
    if (formula.scope() == Scope::batch || !operands(index, o)) {
      v_.leave_open(fmt::format("{} = {}(…) reads {}", f.output, f.op,
                                formula.scope() == Scope::batch ? "the other rows of the batch" : "parameters"));
      return;
    }
    const Occasion occasion{1, false, {}};
    const Results exact = run_reference(eq, o, occasion);
    for (size_t j = 0; j < exact.y.size(); ++j)
      v_.expect_near(y.recomputed[j], exact.y[j], std::max(std::fabs(exact.y[j]), 1e-3),
                     fmt::format("{}[{}]", y.name, j + 1));
    audited(y.computed, y.recomputed, error_scales(eq, o, occasion, exact).y, y.bound, 1, y.name);
    v_.expect_near(y.bound, forward_bound(eq, static_cast<int64_t>(e_.rows.size())), y.bound, "the bound of " + y.name);
  }

  /// Dropout's mask: the same random numbers again.
  void extra(size_t index) {
    const graph::Equation& eq = b_.program.equations[index];
    const ForwardEquation& f = e_.forward[index];
    const auto features = static_cast<size_t>(eq.shapes.output);
    v_.expect(f.extra.size() == (f.extra_symbol.empty() ? 0 : features), "equation {} has {} numbers of '{}'", f.output,
              f.extra.size(), f.extra_symbol);
    if (f.extra_symbol.empty()) return;
    const Matrix ones((static_cast<size_t>(e_.focus) + 1) * features, 1.0);
    Operands o;
    for (size_t k = 0; k < eq.inputs.size(); ++k) o.x.push_back(&ones);
    const Occasion occasion{e_.focus + 1, e_.batch, {e_.seed, e_.step, static_cast<uint32_t>(index)}};
    const Matrix mask = run_reference(eq, o, occasion).y;
    for (size_t j = 0; j < features; ++j)
      v_.expect_near(f.extra[j], mask[static_cast<size_t>(e_.focus) * features + j], 1,
                     fmt::format("{}[{}] of {}", f.extra_symbol, j + 1, f.output));
  }

  void backward(const graph::ReverseEquation& r) {
    using Kind = graph::ReverseEquation::Kind;
    if (r.kind == Kind::seed) {
      v_.expect(gradient(r.output).computed[0] == e_.weights.at(static_cast<size_t>(e_.focus)),
                "the seed {} is {}, but the row's weight is {}", gradient(r.output).name,
                gradient(r.output).computed[0], e_.weights.at(static_cast<size_t>(e_.focus)));
      return;
    }
    if (r.kind == Kind::add) {
      const ValueNumbers& sum = gradient(r.output);
      sizes(sum);
      for (size_t j = 0; j < sum.computed.size(); ++j) {
        double exact = 0, size = 0;
        for (const int t : r.terms) {
          exact += gradient(t).computed[j];
          size += std::fabs(gradient(t).computed[j]);
        }
        v_.expect_near(sum.recomputed[j], exact, size, fmt::format("{}[{}]", sum.name, j + 1));
        v_.expect_near(sum.computed[j], exact, size, fmt::format("{}[{}]", sum.name, j + 1), 1e-6);
      }
      return;
    }
    vjp(r);
  }

  void sizes(const ValueNumbers& n) {
    v_.expect(n.recomputed.size() == n.computed.size(), "gradient {} has {} recomputed numbers, expected {}", n.name,
              n.recomputed.size(), n.computed.size());
  }

  void vjp(const graph::ReverseEquation& r) {
    const auto index = static_cast<size_t>(r.forward);
    const graph::Equation& eq = b_.program.equations[index];
    const ForwardEquation& f = e_.forward[index];
    for (const int g : r.dx)
      if (g >= 0) sizes(gradient(g));
    if (!f.gains.empty()) {  // δ = gain · dy, whatever the operator is
      const std::vector<double>& dy = gradient(r.dy).computed;
      for (const int g : r.dx)
        for (size_t j = 0; g >= 0 && j < dy.size(); ++j)
          v_.expect_near(gradient(g).recomputed[j], f.gains[j] * dy[j], largest_of(dy),
                         fmt::format("{}[{}]", gradient(g).name, j + 1));
    }
    Operands o;
    if (!f.extra_symbol.empty()) return;
    if (b_.formulas[index]->scope() == Scope::batch || !operands(index, o)) {
      v_.leave_open(fmt::format("the gradients that flow back through {}", f.output));
      return;
    }
    o.dy = &gradient(r.dy).computed;
    for (const int g : r.dx) o.wanted.push_back(g >= 0);
    const Occasion occasion{1, false, {}};
    const Results exact = run_reference(eq, o, occasion);
    const Results scale = error_scales(eq, o, occasion, exact);
    const double bound = backward_bound(eq, static_cast<int64_t>(e_.rows.size()));
    const double floor = largest_of(*o.dy);
    const bool wide = e_.rows.size() > 1;
    for (size_t k = 0; k < r.dx.size(); ++k) {
      if (r.dx[k] < 0) continue;
      const ValueNumbers& dx = gradient(r.dx[k]);
      for (size_t j = 0; j < dx.recomputed.size(); ++j)
        v_.expect_near(dx.recomputed[j], exact.dx[k][j], std::max(scale.dx[k][j], 1e-3 * floor),
                       fmt::format("{}[{}]", dx.name, j + 1));
      audited(dx.computed, dx.recomputed, scale.dx[k], bound, floor, dx.name);
      v_.expect_near(dx.bound, bound, bound, "the bound of " + dx.name);
    }
    for (size_t k = 0; !wide && k < eq.parameters.size(); ++k) {
      if (!o.trained[k]) continue;
      const ParameterNumbers& p = e_.parameters[static_cast<size_t>(eq.parameters[k])];
      v_.expect(p.gradient.size() == exact.dparameters[k].size(), "parameter {} has {} gradients", p.name,
                p.gradient.size());
      audited(p.gradient, exact.dparameters[k], scale.dparameters[k], bound, floor, "d" + p.name);
    }
  }

  Evidence& v_;
  const Explanation& e_;
  const Rebuilt& b_;
};

}  // namespace

std::optional<double> evaluate(const Evidence& v, const Rebuilt& built, size_t index, const formula::Expr& expression,
                               int unit, const std::vector<std::pair<std::string, int>>& indices) {
  const graph::Equation& eq = built.program.equations[index];
  const RoomFormula& formula = *built.formulas[index];
  const BlockView view(eq.shapes, formula.blocks());
  const int block = view.of_output(unit);
  formula::Environment environment;
  for (size_t k = 0; k < eq.inputs.size(); ++k)
    environment.ranges[fmt::format("I{}", k)] = eq.signature.features[k] / view.blocks;
  for (size_t k = 0; k < eq.shapes.parameters.size(); ++k)
    environment.ranges[fmt::format("P{}", k)] = eq.shapes.parameters[k].rows;
  environment.ranges["O"] = view.outputs;
  environment.indices["j"] = unit % view.outputs;
  for (const auto& [name, at] : indices) environment.indices[name] = at;
  environment.value = [&](std::string_view name, std::span<const int> i) {
    const int last = i.empty() ? unit : i.back();
    for (size_t k = 0; k < eq.inputs.size(); ++k)
      if (formula.input_name(static_cast<int>(k)) == name) {
        const int first = i.empty() ? 0 : block * (eq.signature.features[k] / view.blocks);
        return v.e.values[static_cast<size_t>(eq.inputs[k])].computed.at(static_cast<size_t>(first + last));
      }
    for (size_t k = 0; k < eq.parameters.size(); ++k) {
      const ops::ParameterSpec& spec = eq.shapes.parameters[k];
      if (spec.name != name) continue;
      const std::vector<double>& values = v.e.parameters[static_cast<size_t>(eq.parameters[k])].values;
      if (values.empty()) throw LeftOut{};
      const int from = i.size() == 2 ? i[0] : 0;
      return values.at(static_cast<size_t>(from) * static_cast<size_t>(spec.cols) +
                       static_cast<size_t>(!i.empty()       ? view.column(spec, block, last)
                                           : spec.cols == 1 ? 0
                                                            : last));
    }
    return v.e.forward[index].extra.at(static_cast<size_t>(last));
  };
  try {
    return formula::evaluate(expression, environment);
  } catch (const LeftOut&) {
    return std::nullopt;
  }
}

void verify_numbers(Evidence& v, const Rebuilt& built) { NumberCheck(v, built).run(); }

}  // namespace retrograd::explaining
