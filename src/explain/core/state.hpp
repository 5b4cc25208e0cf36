// What an Explainer keeps: the pass, the formulas of its equations, and the exact gradient in double.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "explain/core/local_formula.hpp"
#include "explain/core/pass.hpp"
#include "optim/optimizer.hpp"
#include "retrograd/explain.hpp"

namespace retrograd::explaining {

/// What one step of the optimiser leads to: the whole flat buffer.
struct Stepped {
  double scale = 1, clip = 1;
  std::vector<double> unconstrained, after;  ///< before and after the limit on norms
};

struct State {
  State(const Model& m, const Dataset& data, ExplainOptions o);

  const Model model;
  const ExplainOptions options;
  std::string task;
  std::vector<double> training_weights;  ///< of the rows, as training weighs them
  std::unique_ptr<Pass> pass;
  int focus = 0;                                        ///< index into the pass's rows
  std::vector<std::unique_ptr<LocalFormula>> formulas;  ///< null for equations that the loss does not need
  /// The rows again, for differences in double.
  std::vector<Matrix> inputs;
  Matrix target;
  std::vector<double> exact;                    ///< ∂L/∂θ in double throughout, [trained_size]
  std::optional<std::vector<double>> executor;  ///< the training step's own gradient, where it runs in this mode

  std::vector<std::vector<std::string>> names;  ///< see unit_names
  Stepped stepped;                              ///< empty if it is not known how the model was trained

  const graph::ForwardProgram& program() const { return pass->program(); }
  const LocalFormula& formula(int equation) const { return *formulas.at(static_cast<size_t>(equation)); }
  /// Names of the units of a value where they are columns or classes, else empty.
  const std::vector<std::string>& units(int value) const { return names[static_cast<size_t>(value)]; }
  /// "a1[3]" or "a1[3 'age']", counted from 1.
  std::string unit_text(int value, int unit) const;
};

/// Number of a linear layer's equation, from 0, or -1.
int linear_number(const graph::ForwardProgram& program, int equation);
/// "linear", "activation", …
std::string kind_text(ops::Kind kind);

/// One parameter's derivation, with its update and central difference.
Derivation derive(const State& state, int parameter, int from, int to);
/// Adds where the numbers of the derivation's forward factor come from, down to the data.
void trace_factor(const State& state, Derivation& derivation, int parameter, int from, int to);
/// A number that the fast code computed beside the same recomputed in double.
Audited audited(const Numbers& computed, size_t at, double recomputed);

struct Place {
  int parameter = -1, from = -1, to = 0;
};
/// Everything, with the derivations of these.
Explanation explain_places(const State& state, const std::vector<Place>& places);
/// What a target names.
struct Found {
  std::vector<Place> places;
  std::optional<NeuronFocus> neuron;
};
/// Finds it. Throws Error saying what there is.
Found find_target(const State& state, const ExplainTarget& target);

/// ∂L/∂θ in double throughout, and by the training step's own executor where it runs in this mode, [trained_size].
std::vector<double> exact_gradient(const State& state);
std::optional<std::vector<double>> executor_gradient(const State& state);
Stepped make_step(const State& state);
/// "β1" of "beta1".
std::string symbol_of(std::string_view attribute);
/// The assignments of one step: penalties and clipping, the optimiser's own, the limit on norms.
std::vector<std::string> update_lines(const Update& update, const optim::OptimizerInfo& info);
Update make_update(const State& state, int parameter, int from, int to);
void central_difference(const State& state, Derivation& derivation, int parameter, size_t element);
void make_gains(const State& state, Explanation& e);
/// `z` and `y`: scores and target of one row; `wanted`: scores to write out beside the target's.
std::optional<LongWay> long_way(const ops::Operator& op, const ops::Signature& signature, const std::string& value,
                                const std::vector<double>& z, const std::vector<double>& y, std::vector<int> wanted);
std::optional<LongWay> make_long_way(const State& state, const std::vector<Derivation>& derivations);

}  // namespace retrograd::explaining
