// The gain budget: what wires and amplifiers did to the size of the gradient on its way down.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "explain/core/state.hpp"

namespace retrograd::explaining {
namespace {

constexpr double kSaturated = 3;

double norm(const Matrix& m) {
  double sum = 0;
  for (double v : m) sum += v * v;
  return std::sqrt(sum);
}

double ratio(double above, double below) { return below > 0 ? above / below : 0; }

class Budget {
 public:
  Budget(const State& s, Explanation& e) : s_(s), program_(s.program()), e_(e) {}

  void run() {
    for (const graph::ReverseEquation& r : s_.pass->reverse().equations) {
      if (r.kind != graph::ReverseEquation::Kind::vjp) continue;
      const graph::Equation& eq = program_.equations[static_cast<size_t>(r.forward)];
      for (const int g : r.dx) {
        if (g < 0) continue;
        GainStep step;
        step.equation = name(eq.output);
        step.op = eq.op->info->name;
        step.kind = kind_text(eq.op->info->kind);
        step.from = s_.pass->reverse().gradients[static_cast<size_t>(r.dy)].name;
        step.to = s_.pass->reverse().gradients[static_cast<size_t>(g)].name;
        step.ratio = ratio(norm(s_.pass->gradient(g).computed), norm(s_.pass->gradient(r.dy).computed));
        e_.gain_steps.push_back(step);
      }
    }
    for (size_t i = program_.equations.size(); i-- > 0;) {
      const graph::Equation& eq = program_.equations[i];
      if (eq.op->info->kind == ops::Kind::linear && eq.for_loss && s_.pass->gradient_of(eq.output) >= 0) layer(eq);
    }
  }

 private:
  const std::string& name(int value) const { return program_.values[static_cast<size_t>(value)].name; }
  double size(int value) const { return norm(s_.pass->gradient(s_.pass->gradient_of(value)).computed); }

  std::vector<int> readers(int value) const {
    std::vector<int> found;
    for (size_t i = 0; i < program_.equations.size(); ++i) {
      const graph::Equation& eq = program_.equations[i];
      if (!eq.for_loss || s_.pass->gradient_of(eq.output) < 0) continue;
      if (std::find(eq.inputs.begin(), eq.inputs.end(), value) != eq.inputs.end()) found.push_back(static_cast<int>(i));
    }
    return found;
  }

  void layer(const graph::Equation& linear) {
    GainLayer l;
    l.layer = name(linear.output);
    l.norm = size(linear.output);
    l.units = linear.shapes.output;
    double wires = 1, gains = 1;
    // Up from z, equation by equation, to the next linear layer or the loss.
    for (int value = linear.output;;) {
      const std::vector<int> above = readers(value);
      if (above.empty()) break;
      if (above.size() > 1) {
        double squares = 0;
        std::vector<std::string> names;
        for (const int i : above) {
          const int out = program_.equations[static_cast<size_t>(i)].output;
          squares += size(out) * size(out);
          names.push_back(name(out));
        }
        wires *= ratio(size(value), std::sqrt(squares));
        l.above = fmt::format("{}", fmt::join(names, " + "));
        break;
      }
      const graph::Equation& eq = program_.equations[static_cast<size_t>(above[0])];
      const double step = ratio(size(value), size(eq.output));
      const ops::Kind kind = eq.op->info->kind;
      const bool amplifies =
          kind == ops::Kind::activation || kind == ops::Kind::normalise || kind == ops::Kind::dropout;
      (amplifies ? gains : wires) *= step;
      if (kind == ops::Kind::activation && l.activation.empty()) activation(l, above[0]);
      if (kind == ops::Kind::linear || kind == ops::Kind::loss) {
        l.above = name(eq.output);
        break;
      }
      value = eq.output;
    }
    l.wires = wires;
    l.gains = gains;
    l.ratio = wires * gains;
    e_.gain_layers.push_back(l);
  }

  void activation(GainLayer& l, int equation) const {
    const LocalFormula& formula = s_.formula(equation);
    const graph::Equation& eq = formula.equation();
    l.activation = eq.op->info->name;
    if (formula.scope() != ops::Formula::Scope::element) return;
    const int units = eq.shapes.output, rows = static_cast<int>(s_.pass->rows());
    const Matrix& z = s_.pass->value(eq.inputs[0]).computed;
    int64_t saturated = 0, dead = 0;
    double sum = 0;
    l.smallest_gain = std::numeric_limits<double>::infinity();
    l.largest_gain = -l.smallest_gain;
    for (int j = 0; j < units; ++j) {
      bool alive = false;
      for (int n = 0; n < rows; ++n) {
        saturated += std::fabs(z[static_cast<size_t>(n * units + j)]) > kSaturated;
        const double gain = formula.by_input(0, n, j, n, j);
        alive |= gain != 0;
        sum += gain;
        l.smallest_gain = std::min(l.smallest_gain, gain);
        l.largest_gain = std::max(l.largest_gain, gain);
      }
      dead += !alive;
    }
    const double all = static_cast<double>(units) * rows;
    l.saturated = static_cast<double>(saturated) / all;
    l.dead = static_cast<double>(dead) / units;
    l.mean_gain = sum / all;
  }

  const State& s_;
  const graph::ForwardProgram& program_;
  Explanation& e_;
};

}  // namespace

void make_gains(const State& s, Explanation& e) { Budget(s, e).run(); }

}  // namespace retrograd::explaining
