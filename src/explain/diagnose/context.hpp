// What the findings read: the model, a sample of the data, and measurements that are made once, when first asked for.
#pragma once

#include <memory>
#include <optional>

#include "explain/diagnose/probe.hpp"
#include "retrograd/diagnose.hpp"

namespace retrograd::diagnosis {

class Context {
 public:
  Context(const Model& model, const Dataset& data, const DiagnoseOptions& options);

  const Model& model;
  const DataSpec& spec;
  const DiagnoseOptions options;
  const bool has_rate;  ///< false of methods of the full batch, which find the length of their steps themselves
  const Dataset& all;   ///< the data as given

 private:
  std::vector<int64_t> source_;  ///< rows of `all` in the sample

 public:
  Dataset rows;         ///< the sample
  Setup trained;        ///< the model's network with its parameters
  Constants constants;  ///< its parameters that are not trained

  /// The targets are within what the loss takes; false turns off everything that trains.
  bool targets_fit = true;

  const graph::ForwardProgram& program() const { return trained.program; }
  const Network& network() const { return trained.program.network; }
  /// The loss equation, and the equation that makes what it reads, or null if that is an input.
  const graph::Equation& loss() const;
  const graph::Equation* output() const;

  /// The rows that steps in double take, and the row of the data that a row of the sample is.
  const Dataset& few() const { return few_; }
  int64_t source_row(int64_t row) const { return source_[static_cast<size_t>(row)]; }

  double model_loss();  ///< mean, of the model on the rows
  double constant();    ///< mean, of the best constant output
  /// Share of the constant's loss that `loss` saves: 1 is perfect, 0 as good as a constant, negative worse.
  double skill(double loss);
  double model_skill() { return skill(model_loss()); }

  const Measured& now();    ///< one step of the model
  const Setup& initial();   ///< the network as it was before training, from the same seed
  const Measured& first();  ///< its first step
  const Setup& twin();      ///< the same, initialised as suits its activations
  const Measured& first_of_twin();
  /// The twin with relu for its activations (its gains are those of a network built well).
  const Setup& relu_twin();
  const Measured& first_of_relu_twin();

  /// The steps that trials take: those of the run, if there were fewer than what is affordable.
  int64_t steps();
  const Trial& as_is();         ///< the initial network with the run's options
  const Trial& twin_trial();    ///< the twin
  const Trial& faster_trial();  ///< rate × 10
  const Trial& slower_trial();  ///< rate ÷ 10
  Trial attempt(const Network& network, const Constants& given, double rate_factor);

  /// The skill of a small reference network (inputs standardised, 64 relu units, the task's own loss, Adam) on rows
  /// that it was not trained on: whether the features say anything about the targets.
  double held_out_skill();
  /// The same with rows weighed so that every class counts the same.
  double held_out_skill_of_balanced_classes() const;
  /// The best skill on the rows that was seen in any trial so far or by the reference network on its training rows.
  double reachable_skill();

  /// The epoch of history whose parameters the model holds; null without a history.
  const EpochReport* kept() const;

 private:
  double reference(bool balanced) const;
  Measured measured_on_few(const Setup& setup) const;

  Dataset few_;  ///< first rows, for steps in double
  std::optional<double> model_loss_, constant_;
  std::optional<Measured> now_, first_, first_of_twin_, first_of_relu_twin_;
  std::unique_ptr<Setup> initial_, twin_, relu_twin_;
  std::optional<Trial> as_is_, twin_trial_, faster_, slower_;
  std::optional<double> held_out_, reached_;
};

}  // namespace retrograd::diagnosis
