#include "explain/core/local_formula.hpp"

#include <algorithm>
#include <set>

#include "base/fail.hpp"
#include "ops/formula/node.hpp"

namespace retrograd::explaining {
namespace {

using formula::Expr;
using formula::Notation;
using Scope = ops::Formula::Scope;

void collect_symbols(const Expr& e, std::set<std::string>& names, std::set<const formula::Node*>& seen) {
  const formula::Node& node = e.node();
  if (!seen.insert(&node).second) return;
  if (node.op == formula::Op::symbol) names.insert(node.name);
  if (node.op == formula::Op::add) {
    for (const Expr& term : formula::terms(e)) collect_symbols(term, names, seen);
    return;
  }
  for (const Expr& arg : node.args) collect_symbols(arg, names, seen);
}

const Expr& known(std::vector<std::pair<int, Expr>>& memory, int k, const auto& make) {
  for (const auto& [which, e] : memory)
    if (which == k) return e;
  memory.emplace_back(k, make());
  return memory.back().second;
}

}  // namespace

RoomFormula::RoomFormula(const ops::Operator& op, const ops::Signature& signature, const ops::Shapes& shapes,
                         bool training)
    : op_(op), shapes_(shapes), forward_(0.0) {
  const ops::Formula f = op.formula(signature);
  blocks_ = f.blocks;
  const bool predicts = f.prediction && !training;
  scope_ = predicts ? Scope::row : f.scope;
  forward_ = predicts ? *f.prediction : f.forward;
  // References into the vectors must stay while more derivatives are asked for.
  by_input_.reserve(signature.features.size());
  by_parameter_.reserve(shapes.parameters.size());
  std::set<std::string> names;
  std::set<const formula::Node*> seen;
  collect_symbols(forward_, names, seen);
  for (size_t k = 0; k < signature.features.size(); ++k) names.erase(std::string(input_name(static_cast<int>(k))));
  for (const auto& spec : shapes.parameters) names.erase(spec.name);
  if (names.size() > 1)
    fail("{}: its formula reads {} symbols that are neither inputs nor parameters, expected at most one", op.info->name,
         names.size());
  if (!names.empty()) extra_symbol_ = *names.begin();
}

LocalFormula::LocalFormula(const Pass& pass, size_t equation)
    : RoomFormula(*pass.program().equations[equation].op, pass.program().equations[equation].signature,
                  pass.program().equations[equation].shapes, pass.options().training),
      pass_(pass),
      eq_(pass.program().equations[equation]),
      view_(eq_.shapes, blocks()) {
  for (size_t k = 0; k < eq_.inputs.size(); ++k)
    environment_.ranges[fmt::format("I{}", k)] = eq_.signature.features[k] / blocks();
  for (size_t k = 0; k < eq_.shapes.parameters.size(); ++k)
    environment_.ranges[fmt::format("P{}", k)] = eq_.shapes.parameters[k].rows;
  environment_.ranges["O"] = view_.outputs;
  environment_.ranges["N"] = static_cast<int>(pass.rows());
  environment_.value = [this](std::string_view name, std::span<const int> i) { return symbol(name, i); };
  if (!extra_symbol().empty()) extra_ = pass.of_ones(equation);
}

std::string_view RoomFormula::input_name(int k) const {
  const auto& names = op_.info->input_names;
  return names[std::min(static_cast<size_t>(k), names.size() - 1)];
}

double LocalFormula::symbol(std::string_view name, std::span<const int> i) const {
  Reading reading;
  const auto found = [&](double value) {
    reading.value = value;
    if (readings_ != nullptr && std::find(readings_->begin(), readings_->end(), reading) == readings_->end())
      readings_->push_back(reading);
    return value;
  };
  const auto element = [&](const Matrix& m, int row, int col, int cols) {
    return m.at(static_cast<size_t>(row) * static_cast<size_t>(cols) + static_cast<size_t>(col));
  };
  const int block = view_.of_output(unit_);
  for (size_t k = 0; k < eq_.inputs.size(); ++k) {
    if (input_name(static_cast<int>(k)) != name) continue;
    reading.input = static_cast<int>(k);
    reading.row = i.size() == 2 ? i[0] : row_;
    const int first = block * (eq_.signature.features[k] / blocks());
    reading.unit = i.size() == 2 ? first + i[1] : i.size() == 1 ? first + i[0] : unit_;
    return found(element(pass_.value(eq_.inputs[k]).computed, reading.row, reading.unit, eq_.signature.features[k]));
  }
  for (size_t k = 0; k < eq_.parameters.size(); ++k) {
    const ops::ParameterSpec& spec = eq_.shapes.parameters[k];
    if (spec.name != name) continue;
    reading.parameter = static_cast<int>(k);
    reading.from = i.size() == 2 ? i[0] : -1;
    reading.unit = i.empty() ? (spec.cols == 1 ? 0 : unit_) : view_.column(spec, block, i.back());
    return found(element(pass_.parameter(eq_.parameters[k]), std::max(reading.from, 0), reading.unit, spec.cols));
  }
  if (name == extra_symbol()) {
    reading.row = row_;
    reading.unit = i.empty() ? unit_ : i.back();
    return found(element(extra_, row_, reading.unit, eq_.shapes.output));
  }
  fail("{}: the formula reads the symbol '{}', which is neither an input nor a parameter", eq_.op->info->name, name);
}

double LocalFormula::at(const Expr& e, int row, int unit,
                        const std::vector<std::pair<std::string, int>>& indices) const {
  row_ = row;
  unit_ = unit;
  environment_.indices.clear();
  environment_.indices["n"] = row;
  environment_.indices["j"] = unit % view_.outputs;
  for (const auto& [name, value] : indices) environment_.indices[name] = value;
  return formula::evaluate(e, environment_);
}

std::vector<std::string> RoomFormula::input_indices() const {
  if (scope_ == Scope::element) return {};
  if (scope_ == Scope::row) return {"i"};
  return {"r", "i"};
}

std::vector<std::string> RoomFormula::parameter_indices(int k) const {
  const ops::ParameterSpec& spec = shapes_.parameters[static_cast<size_t>(k)];
  return spec.rows > 1 || spec.name == "W" ? std::vector<std::string>{"i", "o"} : std::vector<std::string>{"i"};
}

std::vector<std::string> RoomFormula::output_indices() const {
  if (scope_ == Scope::element || op_.info->kind == ops::Kind::loss) return {};
  if (scope_ == Scope::row) return {"j"};
  return {"n", "j"};
}

const Expr& RoomFormula::input_derivative(int k) const {
  return known(by_input_, k, [&] { return formula::differentiate(forward_, input_name(k), input_indices()); });
}

const Expr& RoomFormula::parameter_derivative(int k) const {
  return known(by_parameter_, k, [&] {
    return formula::differentiate(forward_, shapes_.parameters[static_cast<size_t>(k)].name, parameter_indices(k));
  });
}

double LocalFormula::by_input(int k, int in_row, int in_unit, int row, int unit) const {
  if (scope() == Scope::element) return at(input_derivative(k), row, unit, {});
  if (scope() == Scope::row) {
    const std::optional<int> i = view_.within(in_unit, eq_.signature.features[static_cast<size_t>(k)], unit);
    return i ? at(input_derivative(k), row, unit, {{"i", *i}}) : 0;
  }
  return at(input_derivative(k), row, unit, {{"r", in_row}, {"i", in_unit}});
}

double LocalFormula::by_parameter(int k, int from, int col, int row, int unit) const {
  const std::optional<int> o = view_.within(eq_.shapes.parameters[static_cast<size_t>(k)], col, unit);
  if (!o) return 0;
  if (parameter_indices(k).size() == 2) return at(parameter_derivative(k), row, unit, {{"i", from}, {"o", *o}});
  return at(parameter_derivative(k), row, unit, {{"i", *o}});
}

MathText math(const Expr& e) {
  return {formula::print(e), formula::print(e, Notation::latex), formula::print(e, Notation::mathml)};
}

MathFormula math(MathText left, const Expr& right) {
  MathFormula f;
  f.left = std::move(left);
  f.right = math(right);
  const auto text = formula::definitions(right), latex = formula::definitions(right, Notation::latex),
             mathml = formula::definitions(right, Notation::mathml);
  for (size_t k = 0; k < text.size(); ++k)
    f.where.push_back(
        {{text[k].first, latex[k].first, mathml[k].first}, {text[k].second, latex[k].second, mathml[k].second}});
  return f;
}

MathText partial(const MathText& a, const MathText& b) {
  return {fmt::format("∂{}/∂{}", a.text, b.text),
          fmt::format("\\frac{{\\partial {}}}{{\\partial {}}}", a.latex, b.latex),
          fmt::format("<mfrac><mrow><mo>∂</mo>{}</mrow><mrow><mo>∂</mo>{}</mrow></mfrac>", a.mathml, b.mathml)};
}

MathFormula RoomFormula::printed() const {
  return math(math(formula::symbol(std::string(op_.info->output_name), output_indices())), forward_);
}

MathFormula RoomFormula::derivative_printed(std::string_view name, const std::vector<std::string>& indices,
                                            const Expr& derivative) const {
  const MathText y = math(formula::symbol(std::string(op_.info->output_name), output_indices()));
  return math(partial(y, math(formula::symbol(std::string(name), indices))), derivative);
}

MathFormula RoomFormula::printed_by_input(int k) const {
  return derivative_printed(input_name(k), input_indices(), input_derivative(k));
}

MathFormula RoomFormula::printed_by_parameter(int k) const {
  return derivative_printed(shapes_.parameters[static_cast<size_t>(k)].name, parameter_indices(k),
                            parameter_derivative(k));
}

}  // namespace retrograd::explaining
