// The two programs in text.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "graph/program.hpp"

namespace retrograd::graph {
namespace {

std::string attributes(const Equation& eq) {
  std::string text;
  for (size_t k = 0; k < eq.op->info->attributes.size(); ++k) {
    const auto& spec = eq.op->info->attributes[k];
    if (eq.signature.attributes[k] == spec.initial) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", spec.name, eq.signature.attributes[k]);
  }
  if (!eq.signature.sizes.empty())
    text += fmt::format("{}sizes={}", text.empty() ? "" : ", ", fmt::join(eq.signature.sizes, "|"));
  return text;
}

std::string line(const std::string& left, const std::string& right, const std::string& shape) {
  return fmt::format("{:>16} = {:<48} {}\n", left, right, shape);
}

std::vector<std::string> operands(const ForwardProgram& program, const Equation& eq) {
  std::vector<std::string> names;
  for (int in : eq.inputs) names.push_back(program.values[static_cast<size_t>(in)].name);
  for (int p : eq.parameters) names.push_back(program.parameters[static_cast<size_t>(p)].name);
  if (const std::string a = attributes(eq); !a.empty()) names.push_back(a);
  return names;
}

}  // namespace

std::string print(const ForwardProgram& program) {
  std::string text = "forward program\n";
  for (int in : program.inputs) {
    const Value& v = program.values[static_cast<size_t>(in)];
    text += line(v.name, "input", fmt::format("[N, {}]", v.features));
  }
  if (program.target >= 0)
    text += line("y", "target", fmt::format("[N, {}]", program.values[static_cast<size_t>(program.target)].features));
  for (const Equation& eq : program.equations) {
    const Value& out = program.values[static_cast<size_t>(eq.output)];
    std::string shape = fmt::format("[N, {}]", out.features);
    if (out.role == Role::prediction) shape += "  prediction";
    text += line(out.name, fmt::format("{}({})", eq.op->info->name, fmt::join(operands(program, eq), ", ")), shape);
  }
  if (program.loss >= 0) {
    const std::string l = program.values[static_cast<size_t>(program.loss)].name;
    text += line("L", fmt::format("sum over n of w_n * {}_n", l), "total loss");
  }
  return text;
}

std::string print(const ForwardProgram& program, const ReverseProgram& reverse) {
  std::string text = "reverse program\n";
  const auto name = [&](int g) { return reverse.gradients[static_cast<size_t>(g)].name; };
  const auto features = [&](int g) {
    return program.values[static_cast<size_t>(reverse.gradients[static_cast<size_t>(g)].value)].features;
  };
  for (const ReverseEquation& r : reverse.equations) {
    if (r.kind == ReverseEquation::Kind::seed) {
      text += line(name(r.output), "w_n (weight of the row)", "[N, 1]");
    } else if (r.kind == ReverseEquation::Kind::add) {
      std::vector<std::string> terms;
      for (int t : r.terms) terms.push_back(name(t));
      text +=
          line(name(r.output), fmt::format("{}", fmt::join(terms, " + ")), fmt::format("[N, {}]", features(r.output)));
    } else {
      const Equation& eq = program.equations[static_cast<size_t>(r.forward)];
      const std::string from = fmt::format("<- {}", program.values[static_cast<size_t>(eq.output)].name);
      std::vector<std::string> inputs;
      for (int in : eq.inputs) inputs.push_back(program.values[static_cast<size_t>(in)].name);
      if (r.wants_parameters) {
        std::vector<std::string> outs, shapes;
        for (int p : eq.parameters) {
          const Parameter& parameter = program.parameters[static_cast<size_t>(p)];
          if (!parameter.trained) continue;
          outs.push_back("d" + parameter.name);
          shapes.push_back(fmt::format("[{}, {}]", parameter.rows, parameter.cols));
        }
        text += line(fmt::format("{}", fmt::join(outs, ", ")),
                     fmt::format("{}.gradient({}; {})", eq.op->info->name, name(r.dy), fmt::join(inputs, ", ")),
                     fmt::format("{}  {}", fmt::join(shapes, ", "), from));
      }
      for (size_t k = 0; k < r.dx.size(); ++k) {
        if (r.dx[k] < 0) continue;
        std::vector<std::string> reads;
        if (eq.op->info->kind != ops::Kind::linear) reads = inputs;
        for (int p : eq.parameters)
          if (program.parameters[static_cast<size_t>(p)].decays || eq.op->info->kind != ops::Kind::linear)
            reads.push_back(program.parameters[static_cast<size_t>(p)].name);
        text += line(name(r.dx[k]),
                     fmt::format("{}.backward({}; {})", eq.op->info->name, name(r.dy), fmt::join(reads, ", ")),
                     fmt::format("[N, {}]  {}", features(r.dx[k]), from));
      }
    }
  }
  return text;
}

std::string summary(const ForwardProgram& program) {
  std::string text =
      fmt::format("{:<14} {:<14} {:>12} {:>12} {:>14}\n", "layer", "operator", "output", "parameters", "flops/row");
  for (const Equation& eq : program.equations) {
    int64_t count = 0;
    for (int p : eq.parameters)
      if (program.parameters[static_cast<size_t>(p)].trained)
        count += static_cast<int64_t>(program.parameters[static_cast<size_t>(p)].size());
    text += fmt::format("{:<14} {:<14} {:>12} {:>12} {:>14}\n", program.values[static_cast<size_t>(eq.output)].name,
                        eq.op->info->name, fmt::format("[N, {}]", eq.shapes.output), count, eq.shapes.flops_forward);
  }
  text += fmt::format("{} parameters; {:.4g} flops a row forward, {:.4g} in a training step\n", program.trained_count(),
                      program.flops_forward(), program.flops_step());
  return text;
}

}  // namespace retrograd::graph
