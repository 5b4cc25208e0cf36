// The step that the optimiser makes from a derivation's gradient: its symbols and its lines.
#include <algorithm>
#include <cmath>

#include "explain/core/assignment.hpp"
#include "explain/core/state.hpp"
#include "explain/core/verify.hpp"
#include "optim/optimizer.hpp"

namespace retrograd::explaining {

void verify_update(Evidence& v, const Derivation& d) {
  const Explanation& e = v.e;
  const Update& u = d.update;
  const std::string what = "the update of " + d.symbol;
  v.expect(u.before == d.theta, "{} starts from {}, but the parameter is {}", what, u.before, d.theta);
  if (!u.known) {
    v.expect(u.after == u.before && u.after_lines == u.before && u.lines.size() == 1, "{} is not known, but moves",
             what);
    return;
  }
  const optim::OptimizerChoice choice = optim::parse_optimizer(u.optimizer);
  Symbols symbols(u.symbols.begin(), u.symbols.end());
  v.expect(symbols.size() == u.symbols.size(), "{} gives a symbol twice", what);
  const auto is = [&](const char* name, double value) {
    const auto found = symbols.find(name);
    v.expect(found != symbols.end() && found->second == value, "{}: {} is {}, expected {}", what, name,
             found == symbols.end() ? std::nan("") : found->second, value);
  };
  is("θ", d.theta);
  is("g", d.nodes[0].value.computed);
  is("η", u.eta);
  is("λ", u.weight_decay);
  is("scale", u.scale);
  is("t", static_cast<double>(u.step));
  v.expect(u.step >= 1 && (!u.fresh || u.step == 1), "{} is step {} of a fresh state", what, u.step);
  const optim::OptimizerInfo& info = choice.optimizer->info;
  for (size_t k = 0; k < info.attributes.size(); ++k)
    is(symbol_of(info.attributes[k].name).c_str(), choice.attributes[k]);
  if (u.fresh)
    for (const std::string_view slot : info.slot_names) is(std::string(slot).c_str(), 0);
  double total = 0;
  for (double w : e.weights) total += w;
  if (e.batch || e.reduction == "mean")
    v.expect_near(u.scale, e.reduction == "mean" && total > 0 ? (e.batch ? 1 / total : 1) : 1, std::fabs(u.scale),
                  what + ": scale");
  const std::vector<std::string> lines = update_lines(u, info);
  v.expect(lines.size() == u.lines.size(), "{} has {} lines, but {} has {}", what, u.lines.size(), info.name,
           lines.size());
  for (size_t k = 0; k < lines.size(); ++k) {
    v.expect(u.lines[k].formula == lines[k], "{}: '{}' is not a line of {}, expected '{}'", what, u.lines[k].formula,
             info.name, lines[k]);
    const std::string left = assign(lines[k], symbols);
    v.expect(u.lines[k].left == left, "{}: '{}' defines {}", what, lines[k], u.lines[k].left);
    v.expect_near(u.lines[k].value, symbols[left], std::fabs(symbols[left]), fmt::format("{}: {}", what, left));
  }
  v.expect_near(u.after_lines, symbols["θ"], std::fabs(u.after_lines), what);
  const double moved = std::fabs(u.after_lines - u.before), rounding = e.precision == "float32" ? 1e-6 : 1e-12;
  v.expect_near(u.after, u.after_lines, std::fabs(u.before) + 100 * moved, what + " by the optimiser's code", rounding);
}

}  // namespace retrograd::explaining
