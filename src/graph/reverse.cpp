// Forward program -> reverse program, by each operator's rule. The network read right to left is another network.
#include "base/fail.hpp"
#include "graph/program.hpp"

namespace retrograd::graph {
namespace {

/// δ is kept for ∂L/∂z of a pre-activation; the others are d_<name>.
std::string gradient_name(const ForwardProgram& program, int value) {
  const Value& v = program.values[static_cast<size_t>(value)];
  const bool pre_activation =
      v.equation >= 0 && program.equations[static_cast<size_t>(v.equation)].op->info->kind == ops::Kind::linear;
  return (pre_activation ? "delta_" : "d_") + v.name;
}

}  // namespace

ReverseProgram reverse(const ForwardProgram& program) {
  if (program.loss < 0) fail("a network without a loss cannot be reversed; describe its loss");
  ReverseProgram result;
  const auto fresh = [&](int value, const std::string& suffix = "") {
    result.gradients.push_back({gradient_name(program, value) + suffix, value});
    return static_cast<int>(result.gradients.size()) - 1;
  };
  // Number of equations through which the loss depends on each value.
  std::vector<int> uses(program.values.size());
  const auto wanted = [&](const Equation& eq, size_t k) {
    return program.values[static_cast<size_t>(eq.inputs[k])].needs_gradient && !(eq.op->info->target_input && k == 1);
  };
  for (const Equation& eq : program.equations) {
    if (!program.values[static_cast<size_t>(eq.output)].needs_gradient) continue;
    for (size_t k = 0; k < eq.inputs.size(); ++k)
      if (wanted(eq, k)) ++uses[static_cast<size_t>(eq.inputs[k])];
  }
  std::vector<std::vector<int>> reached(program.values.size());

  ReverseEquation seed;
  seed.kind = ReverseEquation::Kind::seed;
  seed.output = fresh(program.loss);
  reached[static_cast<size_t>(program.loss)] = {seed.output};
  result.equations.push_back(seed);

  for (size_t i = program.equations.size(); i-- > 0;) {
    const Equation& eq = program.equations[i];
    if (!program.values[static_cast<size_t>(eq.output)].needs_gradient) continue;
    auto& paths = reached[static_cast<size_t>(eq.output)];
    if (paths.size() > 1) {
      ReverseEquation add;
      add.kind = ReverseEquation::Kind::add;
      add.terms = paths;
      add.output = fresh(eq.output);
      paths = {add.output};
      result.equations.push_back(add);
    }
    ReverseEquation back;
    back.forward = static_cast<int>(i);
    back.dy = paths.at(0);
    for (size_t k = 0; k < eq.inputs.size(); ++k) {
      int gradient = -1;
      if (wanted(eq, k)) {
        const auto value = static_cast<size_t>(eq.inputs[k]);
        // One path: the gradient itself. Several: each path's part, added before it is read.
        std::string part = uses[value] > 1 ? "_" + std::to_string(reached[value].size() + 1) : "";
        // Of an ensemble z1_2 is another layer.
        if (!part.empty() && program.value(program.values[value].name + part) >= 0) part = "_part" + part;
        gradient = fresh(eq.inputs[k], part);
        reached[value].push_back(gradient);
      }
      back.dx.push_back(gradient);
    }
    for (int p : eq.parameters) back.wants_parameters |= program.parameters[static_cast<size_t>(p)].trained;
    result.equations.push_back(back);
  }
  return result;
}

}  // namespace retrograd::graph
