// What an explanation starts from: checks, the pass, the formulas, the gradients by other means.
#include "explain/core/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/fail.hpp"
#include "explain/core/unit_names.hpp"
#include "train/loop/fits.hpp"
#include "train/loop/row_weights.hpp"

namespace retrograd::explaining {
namespace {

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
  names = unit_names(program(), model.spec());
  for (const int id : program().inputs) inputs.push_back(pass->value(id).computed);
  target = pass->value(program().target).computed;
  exact = exact_gradient(*this);
  executor = executor_gradient(*this);
  stepped = make_step(*this);
}

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
