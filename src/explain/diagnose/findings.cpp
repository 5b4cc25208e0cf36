#include "explain/diagnose/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace retrograd::diagnosis {
namespace {

constexpr Check kChecks[] = {
    {"labels_out_of_range", "targets that the loss cannot take", labels_out_of_range},
    {"labels_unrelated", "the targets have nothing to do with the features (shuffled?)", labels_unrelated},
    {"unscaled_inputs", "unscaled inputs", unscaled_inputs},
    {"double_softmax", "the output is squashed twice", double_softmax},
    {"wrong_loss", "the loss does not suit the output or the task", wrong_loss},
    {"poor_initialisation", "poor initialisation", poor_initialisation},
    {"rate_too_high", "the learning rate is too high", rate_too_high},
    {"rate_too_low", "the learning rate is too low", rate_too_low},
    {"dead_units", "dead units", dead_units},
    {"saturated_units", "saturated units", saturated_units},
    {"vanishing_gradients", "vanishing gradients", vanishing_gradients},
    {"exploding_gradients", "exploding gradients", exploding_gradients},
    {"class_imbalance", "rare classes are never predicted", class_imbalance},
    {"over_fitting", "over-fitting", over_fitting},
    {"no_learning", "nothing is learned", no_learning},
};

/// Of the constant's loss: what a change must save beyond the same steps without it, and beyond the run.
constexpr double kWorthIt = 0.1, kBeyondRun = 0.05;

}  // namespace

std::span<const Check> checks() { return kChecks; }

double reached(Context& c) {
  const double now = c.model_skill();
  return c.options.history.empty() ? std::max(now, c.skill(c.as_is().after)) : now;
}

bool helps(Context& c, const Trial& changed) {
  const double skill = c.skill(changed.after);
  return skill >= c.skill(c.as_is().after) + kWorthIt && skill >= reached(c) + kBeyondRun;
}

Counterfactual after_steps(Context& c, const std::string& change, const Trial& changed) {
  return {change, fmt::format("mean loss after {} steps from the start", changed.steps), c.as_is().after,
          changed.after};
}

Counterfactual first_gradient(Context& c, const std::string& change, const Measured& changed) {
  const std::string layer = c.first().layers.front().layer;
  return {change, fmt::format("‖∂L/∂W‖ of {} in the first step", layer), c.first().layers.front().dW,
          changed.layers.front().dW};
}

std::string train_with(const Context& c, const std::string& flags) {
  const std::string& model = c.options.model;
  if (model.ends_with(".onnx") || model == "MODEL")
    return fmt::format("retrograd train {} --target … {}", c.options.data, flags);
  return fmt::format("retrograd train --config {} {} --out {}-2", model, flags, model);
}

std::string explain_row(const Context& c, int64_t row, const std::string& weight) {
  const BadRows& skipped = c.all.skipped;
  return fmt::format("retrograd explain {} {}{} --row {} {}", c.options.model, c.options.data,
                     skipped.rows.empty() ? "" : " --on-bad-row skip", skipped.in_source(row) + 1, weight);
}

std::string rate_flag(double rate) { return fmt::format("--lr {:.3g}", rate); }

}  // namespace retrograd::diagnosis
