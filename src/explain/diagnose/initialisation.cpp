// The weights before the first step: all alike, or of a size that lets signals die out or grow.
#include <fmt/format.h>

#include <cmath>

#include "explain/diagnose/findings.hpp"

namespace retrograd::diagnosis {
namespace {

/// The first hidden layer whose units have equal weights in both the initial network and the model; "" if none.
std::string identical_units(Context& c) {
  const auto alike = [](const Setup& s, const graph::Parameter& W) {
    for (int i = 0; i < W.rows; ++i)
      for (int j = 1; j < W.cols; ++j) {
        const size_t row = W.offset + static_cast<size_t>(i) * static_cast<size_t>(W.cols);
        const double first = s.parameters[row], other = s.parameters[row + static_cast<size_t>(j)];
        if (std::abs(first - other) > 1e-6 * std::abs(first)) return false;
      }
    return W.cols > 1;
  };
  const auto& plans = c.trained.plans;
  for (size_t k = 0; k + 1 < plans.size(); ++k) {
    const auto w = static_cast<size_t>(plans[k].weight);
    if (alike(c.initial(), c.initial().program.parameters[w]) && alike(c.trained, c.program().parameters[w]))
      return plans[k].name;
  }
  return {};
}

/// The largest factor (or its inverse) between the sizes of z of two networks, layer by layer.
std::pair<std::string, double> largest_ratio(const Measured& a, const Measured& b) {
  std::pair<std::string, double> worst{"", 1};
  for (size_t k = 0; k < a.layers.size(); ++k) {
    const double x = a.layers[k].z, y = b.layers[k].z;
    const double ratio = x > 0 && y > 0 ? x / y : 0;
    const double distance = ratio > 0 ? std::abs(std::log(ratio)) : 1e9;
    const double known = worst.second > 0 ? std::abs(std::log(worst.second)) : 1e9;
    if (!(distance <= known)) worst = {a.layers[k].layer, ratio};
  }
  return worst;
}

}  // namespace

bool poor_initialisation(Context& c, Finding& f) {
  if (!c.targets_fit || c.trained.plans.empty()) return false;
  const std::string alike = identical_units(c);
  const auto [layer, ratio] = largest_ratio(c.first(), c.first_of_twin());
  const double gains = c.first_of_twin().gain > 0 ? c.first().gain / c.first_of_twin().gain : 1;
  const bool forward = !(ratio < 5 && ratio > 0.2), backward = !(gains < 10 && gains > 0.1);
  if (alike.empty() && !forward && !backward) return false;
  const Trial& well = c.twin_trial();
  if (!helps(c, well) && alike.empty()) return false;
  if (!alike.empty()) {
    f.layer = alike;
    f.what =
        fmt::format("all units of {} start with the same weights, and have the same still: they are one unit", alike);
    f.cause = "units that start alike get the same gradient in every step; nothing tells them apart";
  } else {
    f.layer = layer;
    f.what = fmt::format(
        "before the first step z of {} is {:.3g} times, and the product of the gains {:.3g} times, that of the same "
        "network initialised as suits its activations; the initial loss is {:.4g}, the twin's {:.4g}",
        layer, ratio, gains, c.first().loss, c.first_of_twin().loss);
    f.cause = "each layer multiplies what passes it; weights of a wrong size make that product large or small";
  }
  f.evidence = {{"z_ratio", ratio},
                {"gain_ratio", gains},
                {"initial_loss", c.first().loss},
                {"initial_loss_of_twin", c.first_of_twin().loss}};
  f.remedy = "leave the initialiser to the activation (He for relu-like ones, LeCun for selu, Glorot otherwise)";
  f.measured = {after_steps(c, "initialised by the activation", well),
                first_gradient(c, "initialised by the activation", c.first_of_twin())};
  f.command = train_with(c, "--initializer auto");
  f.explain = explain_row(c, c.source_row(0));
  return true;
}

}  // namespace retrograd::diagnosis
