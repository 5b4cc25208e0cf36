// The function that full-batch methods make small: the loss of all rows and the penalty of the weights.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/thread_team.hpp"
#include "optim/lm/lm.hpp"
#include "train/engine/engine.hpp"
#include "train/engine/jacobian.hpp"
#include "train/engine/segments.hpp"

namespace retrograd::training {

/// F(θ) = scale·Σ w_n·l_n + ½·Σ λ_i·θ_i² over the trained numbers θ, stored as T; scale = 1/Σw or 1, λ = l2 + weight
/// decay of weights. Rows are taken in their order, in blocks of kIterationRows whose gradients are added in double.
template <class T>
class TotalLoss : public optim::LeastSquares {
 public:
  /// `engine` has the constants, and the parameters of the last evaluation; both must outlive this.
  TotalLoss(const EngineSetup& setup, Engine& engine);

  /// What the next evaluations read. `decay`: λ of weights by weight decay.
  void set(std::span<const int64_t> rows, double decay);
  /// Constants and the padding of a parameter buffer [total_size].
  void set_constants(std::vector<double> parameters) { all_ = std::move(parameters); }

  double evaluate(std::span<const double> theta, std::span<double> gradient) override;
  void normal_matrix(std::span<const double> theta, std::span<double> H) override;
  double stored(double value) const override { return static_cast<double>(static_cast<T>(value)); }
  double noise() const override { return std::is_same_v<T, float> ? 1e-7 : 1e-13; }

  /// Leaves θ in the engine.
  void put(std::span<const double> theta);
  /// Σ w·l where F is `value`.
  double loss(double value, std::span<const double> theta) const { return (value - penalty(theta)) / scale(); }
  /// Σ w of the rows of the last evaluation.
  double weight() const { return weight_; }
  ThreadTeam& team() { return *team_; }

 private:
  double scale() const { return options_.reduction == Reduction::mean && weight_ > 0 ? 1 / weight_ : 1; }
  double lambda(const Segment& s) const { return (s.decays ? options_.l2 : 0) + decay_ * s.decay; }
  double penalty(std::span<const double> theta) const;

  const EngineSetup setup_;
  const graph::ForwardProgram& program_;
  const TrainOptions& options_;
  Engine& engine_;
  const std::vector<Segment> segments_;
  std::span<const int64_t> rows_;
  double decay_ = 0, weight_ = 0;
  std::vector<double> all_;
  // Of least squares, made with the first matrix.
  std::optional<ThreadTeam> team_;
  std::vector<Jacobian<T>> jacobians_;  ///< of each thread
  std::vector<std::vector<T>> copies_;  ///< of the parameters, likewise
  std::vector<double> J_;
};

extern template class TotalLoss<float>;
extern template class TotalLoss<double>;

}  // namespace retrograd::training
