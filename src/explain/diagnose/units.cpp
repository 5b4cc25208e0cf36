// Units whose amplifier is at 0: dead ones on every row, saturated ones on most.
#include <fmt/format.h>

#include "explain/diagnose/findings.hpp"

namespace retrograd::diagnosis {
namespace {

const graph::Equation* activation_of(const Context& c, const training::LayerPlan& plan) {
  return plan.activation < 0 ? nullptr : &c.program().equations[static_cast<size_t>(plan.activation)];
}

/// Dead units on all rows of the sample: more rows than a step measures, for a unit may answer to few.
std::vector<int> dead_on_all_rows(Context& c, const graph::Equation& activation) {
  const std::vector<double> z = value_of(c.trained, c.rows, activation.inputs[0]);
  return training::dead_units(training::gains_of(activation, z, c.rows.rows), c.rows.rows,
                              training::activation_shape(activation));
}

}  // namespace

bool dead_units(Context& c, Finding& f) {
  if (!c.targets_fit) return false;
  for (size_t k = 0; k < c.trained.plans.size(); ++k) {
    const graph::Equation* activation = activation_of(c, c.trained.plans[k]);
    if (activation == nullptr || c.now().layers[k].share_dead < 0.3) continue;
    const training::ActivationShape shape = training::activation_shape(*activation);
    if (shape.flat_below && shape.flat_above) continue;  // saturated
    const std::vector<int> dead = dead_on_all_rows(c, *activation);
    const auto units = c.program().values[static_cast<size_t>(activation->output)].features;
    const double share = static_cast<double>(dead.size()) / units, twin = c.first_of_twin().layers[k].share_dead;
    if (share < 0.4 || twin > 0.5 * share) continue;
    // A sparse layer that does its work is no fault.
    const Network leaky = with_activations(c.network(), "leaky_relu");
    const Trial trial = c.attempt(leaky, c.constants, 1);
    if (share < 0.8 && reached(c) > c.reachable_skill() - 0.1) continue;
    const std::string op(activation->op->info->name);
    f.layer = c.trained.plans[k].name;
    f.what = fmt::format(
        "{} of {} units of {} are never above the kink of {} on {} rows; of the same network well "
        "initialised, before training, {:.0f} % are",
        dead.size(), units, f.layer, op, c.rows.rows, 100 * twin);
    f.evidence = {{"dead", static_cast<double>(dead.size())},
                  {"units", static_cast<double>(units)},
                  {"share_dead_of_twin", twin}};
    f.cause =
        "one step too long, or a start far below 0, put their z below 0 on every row; there their gain is 0, and "
        "they get no gradient to come back";
    f.remedy = "a smaller rate, leaky_relu, or normalisation before the activation";
    f.measured = {after_steps(c, "leaky_relu for " + op, trial)};
    const Setup leaky_now(leaky, c.constants, c.options.training.seed);
    f.measured.push_back(first_gradient(c, "leaky_relu for " + op, measure(leaky_now, c.few())));
    f.command = train_with(c, "--activation leaky_relu");
    f.explain =
        explain_row(c, c.source_row(0), fmt::format("--bias {}:{}", f.layer, dead.empty() ? 1 : dead.front() + 1));
    return true;
  }
  return false;
}

bool saturated_units(Context& c, Finding& f) {
  if (!c.targets_fit) return false;
  for (size_t k = 0; k < c.trained.plans.size(); ++k) {
    const graph::Equation* activation = activation_of(c, c.trained.plans[k]);
    if (activation == nullptr) continue;
    const LayerStatistics& now = c.now().layers[k];
    const double twin = c.first_of_twin().layers[k].share_saturated;
    // Nearly all of a layer says enough: whatever is learned, that layer does not learn it.
    const bool all = now.share_saturated >= 0.9;
    if (now.share_saturated < 0.5 || (!all && now.share_saturated < twin + 0.3)) continue;
    const Trial& well = c.twin_trial();
    if (!all && !helps(c, well) && reached(c) > c.reachable_skill() - 0.1) continue;
    const std::string op(activation->op->info->name);
    f.layer = c.trained.plans[k].name;
    f.what = fmt::format(
        "{:.0f} % of the gains of {} are below a twentieth of {}'s largest (median {:.2g}); of the "
        "same network well initialised {:.0f} % are",
        100 * now.share_saturated, f.layer, op, now.gain_median, 100 * twin);
    f.evidence = {{"share_saturated", now.share_saturated},
                  {"share_saturated_of_twin", twin},
                  {"gain_median", now.gain_median},
                  {"z", now.z}};
    f.cause = fmt::format("z is large (root mean square {:.3g}): weights, inputs or the rate are, and {} is flat there",
                          now.z, op);
    f.remedy = "scale the inputs, leave the initialiser to the activation, or lower the rate";
    f.measured = {after_steps(c, "initialised by the activation", well),
                  first_gradient(c, "initialised by the activation", c.first_of_twin())};
    f.command = train_with(c, "--initializer auto --normalise layer_norm");
    f.explain = explain_row(c, c.source_row(0), fmt::format("--bias {}:1", f.layer));
    return true;
  }
  return false;
}

}  // namespace retrograd::diagnosis
