// What an explanation starts from: checks, the pass, the formulas, the gradients by other means.
#include "explain/core/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/fail.hpp"
#include "train/fits.hpp"
#include "train/row_weights.hpp"

namespace retrograd::explaining {
namespace {

using graph::ForwardProgram;

/// Names of columns, classes and what preprocessing makes of them.
std::vector<std::string> unit_names(const ForwardProgram& program, const DataSpec& spec, int value) {
  const graph::Value& v = program.values[static_cast<size_t>(value)];
  std::vector<std::string> names;
  const auto fits = [&] { return names.size() == static_cast<size_t>(v.features); };
  if (value == program.logits || value == program.prediction) {
    names = spec.classes();
    if (fits()) return names;
  }
  if (v.equation < 0) {
    names.clear();
    for (const int c : spec.with_role(ColumnRole::feature)) {
      const ColumnSpec& column = spec.columns[static_cast<size_t>(c)];
      const bool categorical = column.type == ColumnType::categorical;
      if (v.name == (categorical ? "categorical" : "numeric")) names.push_back(column.name);
    }
    return fits() ? names : std::vector<std::string>();
  }
  const graph::Equation& eq = program.equations[static_cast<size_t>(v.equation)];
  if (eq.op->info->kind != ops::Kind::preprocess && eq.op->info->kind != ops::Kind::combine) return {};
  names.clear();
  for (size_t k = 0; k < eq.inputs.size(); ++k) {
    const std::vector<std::string> below = unit_names(program, spec, eq.inputs[k]);
    if (below.empty()) return {};
    if (eq.signature.sizes.empty() || eq.inputs.size() > 1) {
      names.insert(names.end(), below.begin(), below.end());
      continue;
    }
    for (size_t c = 0; c < below.size() && c < eq.signature.sizes.size(); ++c)
      for (int category = 0; category < eq.signature.sizes[c]; ++category) {
        std::string text = fmt::format("{}", category + 1);
        for (const ColumnSpec& column : spec.columns)
          if (column.name == below[c] && static_cast<size_t>(category) < column.categories.size())
            text = column.categories[static_cast<size_t>(category)];
        names.push_back(below[c] + "=" + text);
      }
  }
  return fits() ? names : std::vector<std::string>();
}

std::unique_ptr<Pass> make_pass(State& s, const Dataset& data) {
  const ExplainOptions& o = s.options;
  if (s.model.network().loss_type.empty()) fail("the model has no loss, so it has no gradient to explain");
  if (data.target.empty()) fail("the data have no target, so there is no loss to explain; give data with the target");
  training::check_fits(s.model.program(), data, "explained");
  const int64_t rows = data.rows + std::ssize(data.skipped.rows);
  if (o.rows.empty()) fail("no row to explain; name at least one of 1 to {}", rows);
  if (!o.batch && o.rows.size() > 1)
    fail("{} rows to explain one by one, expected one (or a batch: --batch)", o.rows.size());
  std::set<int64_t> seen;
  for (const int64_t row : o.rows) {
    if (row < 0 || row >= rows) fail("there is no row {}; the data have {} rows, numbered from 1", row + 1, rows);
    if (!seen.insert(row).second) fail("row {} is in the batch twice, expected each row once", row + 1);
  }
  if (o.terms < 1 || o.open < 1 || o.max_nodes < 1)
    fail("explaining with {} terms, {} opened, {} nodes; expected at least 1 of each", o.terms, o.open, o.max_nodes);
  const std::vector<float> weights =
      training::row_weights(data, s.model.spec(), o.training ? *o.training : TrainOptions());
  for (const int64_t row : o.rows)
    s.training_weights.push_back(
        weights.empty() ? 1 : static_cast<double>(weights[static_cast<size_t>(data.skipped.among_good(row))]));
  PassOptions options;
  options.rows = o.rows;
  options.weights = o.batch ? s.training_weights : std::vector<double>{1};
  options.training = o.batch;
  options.seed = o.seed;
  options.step = o.step;
  return std::make_unique<Pass>(s.model, data, options);
}

}  // namespace

State::State(const Model& m, const Dataset& data, ExplainOptions o) : model(m), options(std::move(o)) {
  pass = make_pass(*this, data);
  if (options.focus >= 0) {
    const auto found = std::find(options.rows.begin(), options.rows.end(), options.focus);
    if (found == options.rows.end()) fail("row {} is not in the batch; name one of its rows", options.focus + 1);
    focus = static_cast<int>(found - options.rows.begin());
  }
  for (size_t i = 0; i < program().equations.size(); ++i) {
    const graph::Equation& eq = program().equations[i];
    formulas.push_back(eq.for_loss || eq.for_prediction ? std::make_unique<LocalFormula>(*pass, i) : nullptr);
  }
  for (const int id : program().inputs) inputs.push_back(pass->value(id).computed);
  target = pass->value(program().target).computed;
  exact = exact_gradient(*this);
  executor = executor_gradient(*this);
  stepped = make_step(*this);
}

std::vector<std::string> State::units(int value) const { return unit_names(program(), model.spec(), value); }

std::string State::unit_text(int value, int unit) const {
  const graph::Value& v = program().values[static_cast<size_t>(value)];
  return v.features == 1 && v.role == graph::Role::loss ? v.name : fmt::format("{}[{}]", v.name, unit + 1);
}

Audited audited(const Numbers& n, size_t at, double recomputed) {
  Audited a;
  a.computed = n.computed[at];
  a.recomputed = recomputed;
  a.bound = n.bound;
  a.unit = n.unit[at];
  const bool same = a.computed == recomputed || (std::isnan(a.computed) && std::isnan(recomputed));
  a.ulp = same ? 0 : (a.computed - recomputed) / a.unit;
  a.ok = std::fabs(a.ulp) <= a.bound;
  return a;
}

}  // namespace retrograd::explaining
