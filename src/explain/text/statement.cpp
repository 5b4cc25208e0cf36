// The statement and the audit: what was explained, and whether the numbers can be trusted.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "explain/text/reading.hpp"
#include "explain/text/sections.hpp"

namespace retrograd::text {
namespace {

constexpr size_t kRows = 8;  // of a batch, listed

/// "l = …, where …": a formula and the definitions that it uses.
void write_formula(const MathFormula& f, Page& page) {
  if (f.right.text.empty()) return;
  page.equation(f.left.text, {f.right.text});
  for (const MathFormula::Where& where : f.where)
    page.words("where " + where.left.text + " = " + where.right.text, 4, 2);
}

std::string rows_text(const Explanation& e) {
  if (!e.batch) return fmt::format("row {}", e.rows.empty() ? 1 : e.rows.front() + 1);
  return fmt::format("a batch of {} rows, row {} in focus", e.rows.size(),
                     e.rows.empty() ? 1 : e.rows[static_cast<size_t>(e.focus)] + 1);
}

void write_batch(const Explanation& e, Page& page) {
  const double total = std::inner_product(e.losses.begin(), e.losses.end(), e.weights.begin(), 0.0);
  const double weights = std::accumulate(e.weights.begin(), e.weights.end(), 0.0);
  page.words(fmt::format("L = Σ w_n·l_n over {} rows = {}, on average {} a row. Its largest parts:", e.rows.size(),
                         number(e.loss, 6), number(weights > 0 ? total / weights : 0, 6)),
             2);
  std::vector<size_t> order(e.rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto part = [&](size_t n) { return e.losses[n] * e.weights[n]; };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return part(a) > part(b); });
  std::vector<std::vector<std::string>> cells = {{"row", "w", "l", "share of L"}};
  double listed = 0;
  for (size_t k = 0; k < std::min(order.size(), kRows); ++k) {
    const size_t n = order[k];
    listed += part(n);
    cells.push_back({count(e.rows[n] + 1), number(e.weights[n]), number(e.losses[n], 5),
                     total > 0 ? fmt::format("{:.1f} %", 100 * part(n) / total) : ""});
  }
  if (order.size() > kRows)
    cells.push_back({count(static_cast<long long>(order.size() - kRows)) + " more", "", "",
                     total > 0 ? fmt::format("{:.1f} %", 100 * (total - listed) / total) : ""});
  page.table(cells, "rrrr", 4);
}

}  // namespace

void write_statement(const Explanation& e, Page& page) {
  page.title("The statement");
  std::string of = rows_text(e);
  if (!e.source.empty()) of += " of " + clean(e.source);
  page.words(fmt::format("Model {}, {}; {}.", clean(e.fingerprint), clean(e.precision), of), 2, 2);
  if (!e.mode_note.empty()) page.words(clean(e.mode_note), 2, 2);
  page.blank();
  page.words(fmt::format("The loss ({}):", clean(e.loss_name)), 2);
  write_formula(e.loss_formula, page);
  if (!e.target_text.empty()) page.words("target: " + clean(e.target_text), 4, 2);
  if (!e.prediction_text.empty()) page.words("prediction: " + clean(e.prediction_text), 4, 2);
  if (e.batch)
    write_batch(e, page);
  else
    page.words(fmt::format("l = {}", number(e.loss, 9)), 4);
  page.blank();
  page.words(
      "Training looks for θ* = argmin L(θ), L(θ) = Σ_n w_n·l_n over all rows, by gradient descent: "
      "θ ← θ − η·∂L/∂θ, from θ_0, again and again.",
      2);
  if (!e.derivations.empty() && e.derivations.front().update.known) {
    const Update& u = e.derivations.front().update;
    page.words(fmt::format("This model's optimiser: {}, η = {}{}.", clean(u.optimizer), number(u.eta),
                           u.eta_from.empty() ? "" : " (" + clean(u.eta_from) + ")"),
               2);
  }
}

void write_audit(const Explanation& e, Page& page) {
  page.title("The audit");
  page.words(fmt::format("{} numbers of the network's own code were computed again in double from the formulas.",
                         count(e.audited)),
             2);
  std::vector<std::vector<std::string>> cells = {{"numbers", "largest difference", "allowed", ""}};
  const auto add = [&](const std::string& name, double ulp, double bound, bool ok) {
    cells.push_back({name, number(ulp, 3) + " ulp", number(bound, 3) + " ulp", ok ? "" : page.ink(Ink::bad, "BEYOND")});
  };
  for (const ValueNumbers& v : e.values)
    if (!v.recomputed.empty()) add(cut(pretty(v.name, e.batch), 24), v.worst_ulp, v.bound, v.ok);
  for (const ValueNumbers& g : e.gradients)
    if (!g.recomputed.empty()) add(cut(pretty(g.name, e.batch), 24), g.worst_ulp, g.bound, g.ok);
  for (const ParameterNumbers& p : e.parameters)
    if (!p.gradient.empty())
      add(cut(fmt::format("∂{}/∂{}", e.batch ? "L" : "l", clean(p.name)), 24), p.worst_ulp, p.bound, p.ok);
  page.table(cells, "lrrl");
  std::vector<std::vector<std::string>> checks = {
      {"gradient", "computed", "central difference", "relative error", "step"}};
  for (const Derivation& d : e.derivations) {
    if (d.nodes.empty()) continue;
    checks.push_back(
        {cut(clean(d.nodes.front().symbol), 22), number(d.nodes.front().value.computed, 7),
         d.central_step > 0 ? number(d.central_difference, 7) : "at a kink",
         d.central_step > 0 ? number(d.central_error, 2) + (d.central_ok ? "" : page.ink(Ink::bad, " WRONG")) : "",
         !d.executor     ? ""
         : d.executor_ok ? "same bits"
                         : page.ink(Ink::bad, number(*d.executor, 7))});
  }
  if (checks.size() > 1) {
    page.blank();
    page.table(checks, "lrrrl");
    page.words(page.ink(Ink::soft,
                        "central difference: of the loss in double; step: the same gradient by the training "
                        "step's own code"),
               2);
  }
  if (!e.audit_note.empty()) page.words(clean(e.audit_note), 2, 2);
  for (const std::string& complaint : e.complaints) page.words(page.ink(Ink::bad, clean(complaint)), 2, 4);
  page.words(e.ok() ? page.ink(Ink::good, "Every number is within its bound.")
                    : page.ink(Ink::bad, fmt::format("{} NUMBERS DISAGREE.", count(e.disagreements))),
             2);
}

}  // namespace retrograd::text
