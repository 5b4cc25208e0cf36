// Central differences of the loss in double, and the gradients that the training step's own executor gives.
#include <algorithm>
#include <array>
#include <cmath>

#include "explain/core/state.hpp"
#include "plan/executor.hpp"
#include "plan/reference_executor.hpp"
#include "retrograd/gradcheck.hpp"
#include "retrograd/panel.hpp"
#include "train/engine/gather.hpp"

namespace retrograd::explaining {
namespace {

using Exact = plan::ReferenceExecutor<double>;

void fill(const State& s, Exact& exact) {
  exact.resize(s.pass->rows());
  for (size_t k = 0; k < s.program().inputs.size(); ++k) exact.value(s.program().inputs[k]) = s.inputs[k];
  exact.value(s.program().target) = s.target;
  exact.weights() = s.pass->options().weights;
}

double loss_at(const State& s, Exact& exact, std::vector<double>& parameters) {
  const PassOptions& o = s.pass->options();
  exact.forward(parameters.data(), o.training, o.seed, o.step);
  return exact.total_loss();
}

/// On which side of its kinks every kinked operator's input lies after the last forward pass.
std::vector<char> sides(const State& s, const Exact& exact) {
  std::vector<char> result;
  for (const graph::Equation& eq : s.program().equations) {
    if (!eq.for_loss || eq.op->info->kinks.empty()) continue;
    const auto& x = exact.value(eq.inputs[0]);
    const bool residual = eq.op->info->target_input;  // a loss has its kinks in z − y
    for (size_t i = 0; i < x.size(); ++i) {
      const double v = residual ? x[i] - exact.value(eq.inputs[1])[i] : x[i];
      char side = 0;
      for (double kink : eq.op->info->kinks) side = static_cast<char>(side + (v > kink));
      result.push_back(side);
    }
  }
  return result;
}

/// (8·[L(+h) − L(−h)] − [L(+2h) − L(−2h)]) / 12h: the central difference with its h² term removed (Richardson).
/// Nothing if the steps lie on different sides of a kink.
std::optional<double> difference(const State& s, Exact& exact, std::vector<double>& parameters, size_t at, double h) {
  const double w = parameters[at];
  const std::array<double, 4> offsets = {-2 * h, -h, h, 2 * h};
  std::array<double, 4> losses{};
  std::vector<char> first;
  bool crossed = false;
  for (size_t k = 0; k < 4; ++k) {
    parameters[at] = w + offsets[k];
    losses[k] = loss_at(s, exact, parameters);
    std::vector<char> now = sides(s, exact);
    if (k == 0)
      first = std::move(now);
    else
      crossed |= now != first;
  }
  parameters[at] = w;
  if (crossed) return std::nullopt;
  return (8 * (losses[2] - losses[1]) - (losses[3] - losses[0])) / (12 * h);
}

}  // namespace

std::vector<double> exact_gradient(const State& s) {
  Exact exact(s.program(), &s.pass->reverse());
  fill(s, exact);
  std::vector<double> parameters = s.pass->flat(), gradient(s.program().trained_size, 0.0);
  const PassOptions& o = s.pass->options();
  exact.forward(parameters.data(), o.training, o.seed, o.step);
  parameters = s.pass->flat();
  exact.backward(parameters.data(), gradient.data(), 1.0);
  return gradient;
}

std::optional<std::vector<double>> executor_gradient(const State& s) {
  // The executor of training knows no other mode.
  if (!s.pass->options().training && s.pass->modes_differ()) return std::nullopt;
  if (!s.pass->single()) return exact_gradient(s);
  const graph::ForwardProgram& program = s.program();
  const int64_t rows = s.pass->rows();
  plan::Executor executor(program, &s.pass->reverse(), rows);
  Aligned<float> parameters(program.total_size), gradients(program.trained_size);
  for (size_t i = 0; i < parameters.size(); ++i) parameters[i] = static_cast<float>(s.pass->flat()[i]);
  std::fill(gradients.begin(), gradients.end(), 0.0f);
  executor.bind(parameters.data(), gradients.data());
  const auto fill_panels = [&](const Matrix& m, int id) {
    const int features = s.pass->features(id);
    float* to = executor.value(id);
    std::fill(to, to + panel_size(rows, features), 0.0f);
    for (int64_t n = 0; n < rows; ++n)
      for (int j = 0; j < features; ++j)
        to[panel_at(n, j, features)] = static_cast<float>(m[static_cast<size_t>(n * features + j)]);
  };
  for (size_t k = 0; k < program.inputs.size(); ++k) fill_panels(s.inputs[k], program.inputs[k]);
  fill_panels(s.target, program.target);
  for (int64_t n = 0; n < panels_of(rows) * kPanel; ++n)
    executor.weights()[n] = n < rows ? static_cast<float>(s.pass->options().weights[static_cast<size_t>(n)]) : 0.0f;
  ThreadTeam team(1);
  plan::Executor::Step step;
  step.rows = rows;
  step.seed = s.pass->options().seed;
  step.step = s.pass->options().step;
  team.run([&](int rank) { executor.step(team, rank, step); });
  return std::vector<double>(gradients.begin(), gradients.end());
}

void central_difference(const State& s, Derivation& d, int parameter, size_t element) {
  const graph::Parameter& p = s.program().parameters[static_cast<size_t>(parameter)];
  const size_t at = p.offset + element;
  double of_tensor = 0, of_network = 0;
  for (size_t i = 0; i < p.size(); ++i) of_tensor = std::max(of_tensor, std::fabs(s.exact[p.offset + i]));
  for (double g : s.exact) of_network = std::max(of_network, std::fabs(g));
  const double analytic = s.exact[at];
  const double limit = GradientCheck().numeric_limit;
  // Losses are sums of numbers of size 1 a row, whose rounding a difference over h divides by h.
  const double rounding = 0x1p-50 * static_cast<double>(s.pass->rows()) / limit;
  const auto error_of = [&](double numeric, double h) {
    const double scale =
        std::max({std::fabs(analytic), std::fabs(numeric), 0.01 * of_tensor, 1e-4 * of_network, rounding / h});
    return scale > 0 ? std::fabs(analytic - numeric) / scale : std::fabs(analytic - numeric);
  };
  Exact exact(s.program(), nullptr);
  fill(s, exact);
  std::vector<double> parameters = s.pass->flat();
  for (const double h : {1e-3, 1e-4, 1e-5, 1e-6}) {
    const double step = h * std::max(1.0, std::fabs(parameters[at]));
    const std::optional<double> now = difference(s, exact, parameters, at, step);
    if (now && (d.central_step == 0 || error_of(*now, step) < d.central_error)) {
      d.central_difference = *now;
      d.central_error = error_of(*now, step);
      d.central_step = step;
    }
    if (d.central_step > 0 && d.central_error <= 0.1 * limit) break;
  }
  d.central_ok = d.central_step == 0 || d.central_error <= limit;
}

}  // namespace retrograd::explaining
