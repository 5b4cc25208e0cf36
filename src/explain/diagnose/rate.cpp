// The learning rate, judged by running the same steps with another one.
#include <fmt/format.h>

#include <cmath>

#include "explain/diagnose/findings.hpp"
#include "train/loop/complete.hpp"

namespace retrograd::diagnosis {
namespace {

double rate_of(Context& c) {
  std::vector<std::string> ignored;
  return training::complete(c.options.training, c.spec, c.rows.rows, false, c.program(), ignored).learning_rate;
}

void tell(Context& c, Finding& f, double factor, const Trial& changed) {
  const double rate = rate_of(c);
  const std::string change = factor > 1 ? fmt::format("learning rate × {:g}", factor)
                                        : fmt::format("learning rate ÷ {:g}", std::round(1 / factor));
  f.what = fmt::format(
      "at the rate {:.3g} the loss goes from {:.4g} to {:.4g} in {} steps, at {:.3g} to {:.4g}; the model has {:.4g}",
      rate, c.as_is().before, c.as_is().after, changed.steps, rate * factor, changed.after, c.model_loss());
  f.evidence = {{"rate", rate}, {"rate_tried", rate * factor}, {"model_loss", c.model_loss()}};
  f.measured = {after_steps(c, change, changed)};
  f.command = train_with(c, rate_flag(rate * factor));
  f.explain = explain_row(c, c.source_row(0));
}

}  // namespace

bool rate_too_high(Context& c, Finding& f) {
  if (!c.targets_fit || !c.has_rate) return false;
  for (const double factor : {0.1, 0.01, 0.001}) {
    const Trial slower = factor == 0.1 ? c.slower_trial() : c.attempt(c.network(), c.constants, factor);
    if (!helps(c, slower) || c.skill(slower.after) < kLearned) continue;
    tell(c, f, factor, slower);
    f.cause = "each step leaps over the valley that its gradient describes";
    f.remedy = "a smaller rate, or a warm-up (--schedule cosine:warmup_epochs=2)";
    return true;
  }
  return false;
}

bool rate_too_low(Context& c, Finding& f) {
  // Learning noise by heart faster is no remedy.
  if (!c.targets_fit || !c.has_rate || c.held_out_skill() < kLearned) return false;
  for (const double factor : {10.0, 100.0, 1000.0}) {
    const Trial faster = factor == 10 ? c.faster_trial() : c.attempt(c.network(), c.constants, factor);
    // Not "could be faster": less than half of what the same number of steps reaches.
    if (!helps(c, faster) || reached(c) > 0.5 * c.skill(faster.after)) continue;
    tell(c, f, factor, faster);
    f.cause = "the steps are so short that training ends long before it arrives";
    f.remedy = "a larger rate, or many more epochs";
    return true;
  }
  return false;
}

}  // namespace retrograd::diagnosis
