// ∂l/∂z of a loss that took in the activation below it, the long way: Σ_k ∂l/∂p_k · ∂p_k/∂z_m.
#include <algorithm>
#include <cmath>
#include <set>

#include "explain/core/state.hpp"

namespace retrograd::explaining {
namespace {

constexpr size_t kColumns = 10;

}  // namespace

std::optional<LongWay> long_way(const ops::Operator& op, const ops::Signature& loss_signature, const std::string& value,
                                const std::vector<double>& z, const std::vector<double>& y, std::vector<int> wanted) {
  const ops::Formula f = op.formula(loss_signature);
  if (!f.of_activation) return std::nullopt;
  const ops::Operator& activation = ops::find_operator(f.activation);
  const int classes = loss_signature.features[0], targets = loss_signature.features[1];
  ops::Signature signature;
  signature.features = {classes};
  for (const auto& spec : activation.info->attributes) signature.attributes.push_back(spec.initial);
  const ops::Formula a = activation.formula(signature);
  const bool element = a.scope == ops::Formula::Scope::element;

  LongWay way;
  way.value = value;
  way.activation = f.activation;
  way.probabilities = "p";
  formula::Environment environment;
  environment.ranges = {{"I0", classes}, {"I1", targets}, {"O", classes}};
  int unit = 0;
  environment.value = [&](std::string_view name, std::span<const int> i) {
    const int k = i.empty() ? unit : i[0];
    if (name == "p") return way.p.at(static_cast<size_t>(k));
    return (name == "y" ? y : z).at(static_cast<size_t>(k));
  };
  const auto evaluate = [&](const formula::Expr& e, int j, int i) {
    unit = j;
    environment.indices = {{"j", j}, {"i", i}};
    return formula::evaluate(e, environment);
  };
  std::vector<double> p;
  for (int k = 0; k < classes; ++k) p.push_back(evaluate(a.forward, k, 0));
  way.p = p;

  const auto symbol = [](std::string name, std::vector<std::string> indices) {
    return math(formula::symbol(std::move(name), std::move(indices)));
  };
  const formula::Expr dl_dp = formula::differentiate(*f.of_activation, "p", {"i"});
  const std::string input(activation.info->input_names[0]);
  const formula::Expr dp_dz =
      formula::differentiate(a.forward, input, element ? std::vector<std::string>{} : std::vector<std::string>{"i"});
  way.loss_of_p = math(symbol("l", {}), *f.of_activation);
  way.dl_dp = math(partial(symbol("l", {}), symbol("p", {"i"})), dl_dp);
  way.dp_dz = element ? math(partial(symbol("p", {}), symbol(input, {})), dp_dz)
                      : math(partial(symbol("p", {"j"}), symbol(input, {"i"})), dp_dz);
  const ops::Shapes shapes = op.shape(loss_signature);
  const RoomFormula whole(op, loss_signature, shapes, false);
  way.collapsed = whole.printed_by_input(0);
  for (int k = 0; k < classes; ++k) {
    way.dl_dp_numbers.push_back(evaluate(dl_dp, 0, k));
    way.target.push_back(targets == classes ? y.at(static_cast<size_t>(k)) : y.at(0) == k ? 1.0 : 0.0);
  }
  // The target first, then what was asked for, then the most probable.
  std::vector<int> order;
  const auto want = [&](int m) {
    if (order.size() < kColumns && std::find(order.begin(), order.end(), m) == order.end()) order.push_back(m);
  };
  for (int k = 0; k < classes; ++k)
    if (way.target[static_cast<size_t>(k)] == 1) want(k);
  for (const int m : wanted) want(m);
  std::vector<int> by_p;
  for (int k = 0; k < classes; ++k) by_p.push_back(k);
  std::stable_sort(by_p.begin(), by_p.end(),
                   [&](int a_, int b_) { return p[static_cast<size_t>(a_)] > p[static_cast<size_t>(b_)]; });
  for (const int k : by_p) want(k);
  for (const int m : order) {
    LongWay::Column c;
    c.unit = m;
    for (int k = 0; k < classes; ++k) {
      const double local = element && k != m ? 0 : evaluate(dp_dz, k, m);
      c.dp_dz.push_back(local);
      c.products.push_back(local == 0 ? 0 : local * way.dl_dp_numbers[static_cast<size_t>(k)]);
      c.sum += c.products.back();
    }
    c.collapsed = evaluate(whole.input_derivative(0), 0, m);
    way.columns.push_back(std::move(c));
  }
  return way;
}

std::optional<LongWay> make_long_way(const State& s, const std::vector<Derivation>& derivations) {
  const graph::ForwardProgram& program = s.program();
  const int loss_equation = program.values[static_cast<size_t>(program.loss)].equation;
  const graph::Equation& loss = program.equations[static_cast<size_t>(loss_equation)];
  const auto row = [&](int value) {
    const Matrix& m = s.pass->value(value).computed;
    const auto first = m.begin() + static_cast<std::ptrdiff_t>(s.focus) * s.pass->features(value);
    return std::vector<double>(first, first + s.pass->features(value));
  };
  const std::string& value = program.values[static_cast<size_t>(loss.inputs[0])].name;
  std::vector<int> wanted;
  for (const Derivation& d : derivations)
    for (const DerivationNode& node : d.nodes)
      if (!node.parameter && node.quantity == value && node.row == s.focus) wanted.push_back(node.unit);
  return long_way(*loss.op, loss.signature, value, row(loss.inputs[0]), row(loss.inputs[1]), wanted);
}

}  // namespace retrograd::explaining
