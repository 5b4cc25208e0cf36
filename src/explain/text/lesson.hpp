// A plain chain with its neurons counted through, as a lecture does: z₁, z₂ in the first hidden layer, z₃ … after it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "explain/text/reading.hpp"

namespace retrograd::text {

class Lesson {
 public:
  /// Throws Error unless the explanation is of one row of a plain chain of small layers; `what` is named in it.
  Lesson(const Explanation& e, std::string_view what);

  const Explanation& explanation() const { return e_; }
  const std::vector<Stage>& stages() const { return stages_; }
  bool is_output(size_t stage) const { return stage + 1 == stages_.size(); }
  int units(size_t stage) const { return stages_[stage].W->cols; }
  int inputs(size_t stage) const { return stages_[stage].W->rows; }

  // Names: "z₃", "a₃", "δ₃", "x₁" or "a₁" for what layer `stage` reads, "W2[1,1]", "b2[1]".
  std::string z(size_t stage, int unit) const { return "z" + subscript(number_of(stage, unit)); }
  std::string a(size_t stage, int unit) const { return "a" + subscript(number_of(stage, unit)); }
  std::string delta(size_t stage, int unit) const { return "δ" + subscript(number_of(stage, unit)); }
  std::string input(size_t stage, int unit) const {
    return stage == 0 ? "x" + subscript(unit + 1) : a(stage - 1, unit);
  }
  std::string weight(size_t stage, int from, int to) const;
  std::string bias(size_t stage, int unit) const;
  /// "σ", "relu", … of the activation after a layer; "σ'(z₃)" of its gain.
  std::string activation(size_t stage) const;
  std::string gain_name(size_t stage, int unit) const { return activation(stage) + "'(" + z(stage, unit) + ")"; }

  // Numbers, as computed by the network's own code.
  double z_value(size_t stage, int unit) const { return at(stages_[stage].z, unit); }
  double a_value(size_t stage, int unit) const { return at(stages_[stage].out, unit); }
  double delta_value(size_t stage, int unit) const { return at(stages_[stage].delta, unit); }
  /// ∂l/∂a; δ itself where nothing follows z.
  double upstream(size_t stage, int unit) const;
  double input_value(size_t stage, int unit) const { return at(stages_[stage].input, unit); }
  double weight_value(size_t stage, int from, int to) const;
  double bias_value(size_t stage, int unit) const;
  double weight_gradient(size_t stage, int from, int to) const;
  double bias_gradient(size_t stage, int unit) const;
  /// What the loss compares that output with: one-hot for a class code, smoothed where labels are.
  double target(int unit) const { return target_[static_cast<size_t>(unit)]; }
  /// Probabilities by softmax belong to the loss.
  bool softmax() const;
  /// The loss is half the squared error of what the last layer puts out.
  bool squared() const { return e_.loss_name == "squared" && !target_.empty(); }

  // Sums with their numbers: "x₁·W1[1,1] + x₂·W1[2,1] + b1[1]" and "1·1 + (−1)·(−2) + 1".
  std::string forward_symbols(size_t stage, int unit) const;
  std::string forward_numbers(size_t stage, int unit) const;
  /// "W3[1,1]·δ₅ + W3[1,2]·δ₆": what reaches a hidden neuron.
  std::string backward_symbols(size_t stage, int unit) const;
  std::string backward_numbers(size_t stage, int unit) const;

 private:
  static double at(const ValueNumbers* value, int unit) { return value->computed[static_cast<size_t>(unit)]; }
  int number_of(size_t stage, int unit) const;

  const Explanation& e_;
  std::vector<Stage> stages_;
  std::vector<double> target_;
};

}  // namespace retrograd::text
