// The table of findings: each has an identifier, a title and a test that reads the context.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "explain/diagnose/context.hpp"

namespace retrograd::diagnosis {

struct Check {
  std::string_view id;
  std::string_view title;
  /// Fills what is known beyond id and title, or returns false.
  bool (*find)(Context&, Finding&);
};

/// All of them, causes before symptoms.
std::span<const Check> checks();

bool labels_out_of_range(Context& c, Finding& f);
bool labels_unrelated(Context& c, Finding& f);
bool unscaled_inputs(Context& c, Finding& f);
bool double_softmax(Context& c, Finding& f);
bool wrong_loss(Context& c, Finding& f);
bool poor_initialisation(Context& c, Finding& f);
bool rate_too_high(Context& c, Finding& f);
bool rate_too_low(Context& c, Finding& f);
bool dead_units(Context& c, Finding& f);
bool saturated_units(Context& c, Finding& f);
bool vanishing_gradients(Context& c, Finding& f);
bool exploding_gradients(Context& c, Finding& f);
bool class_imbalance(Context& c, Finding& f);
bool over_fitting(Context& c, Finding& f);
bool no_learning(Context& c, Finding& f);

/// What the set-up has reached on the rows: the model's skill, or that of its own trial if it was never trained.
double reached(Context& c);
/// Share of the constant's loss that must be saved to speak of learning.
inline constexpr double kLearned = 0.05;
/// A change is worth saying if its trial saves clearly more of the constant's loss than the same steps without it, and
/// more than the whole run did.
bool helps(Context& c, const Trial& changed);
/// "loss after N steps", as it is and changed.
Counterfactual after_steps(Context& c, const std::string& change, const Trial& changed);
/// "‖δ‖ of the first layer in the first step", as it is and changed.
Counterfactual first_gradient(Context& c, const std::string& change, const Measured& changed);

/// A command that trains the same run with other flags; without a run's folder the user fills in the rest.
std::string train_with(const Context& c, const std::string& flags);
/// The derivation of weights of a row (a row of the data as given, from 0; the command counts from 1).
std::string explain_row(const Context& c, int64_t row, const std::string& weight = "--top 5");
std::string rate_flag(double rate);

}  // namespace retrograd::diagnosis
