// The statistics of the layers of one step, from the values and gradients of the two programs wherever they lie.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/program.hpp"
#include "retrograd/layer_statistics.hpp"

namespace retrograd::training {

/// Where the numbers of one linear layer are found.
struct LayerPlan {
  std::string name;
  int equation = -1;        ///< the linear equation
  int z = -1;               ///< value
  int delta = -1;           ///< gradient ∂L/∂z
  int down = -1;            ///< gradient of its input; -1 if nothing below learns
  int weight = -1;          ///< parameter W
  int activation = -1;      ///< equation of the activation behind it (through normalisation), or -1
  int activation_out = -1;  ///< gradient ∂L/∂a of that activation
  int activation_in = -1;   ///< gradient of what the activation reads
};

/// The linear layers that learn, in program order.
std::vector<LayerPlan> layer_plans(const graph::ForwardProgram& program, const graph::ReverseProgram& reverse);

/// What is known of an elementwise activation from its derivative alone.
struct ActivationShape {
  double largest = 1;                           ///< largest |σ'(z)| for z in [-8, 8]
  bool flat_below = false, flat_above = false;  ///< σ' vanishes for very negative, very positive z
  double least = 0, most = 0;                   ///< of σ(z) for |z| up to 40
};
ActivationShape activation_shape(const graph::Equation& activation);
/// True for an activation that works on each number by itself (softmax does not).
bool elementwise(const graph::Equation& activation);

/// σ'(z) of every element of `x` [rows][features], by the operator's own backward pass of ones.
std::vector<double> gains_of(const graph::Equation& activation, const std::vector<double>& x, int64_t rows);

/// Units of `gains` [rows][features] whose gain is below 1/1000 of `shape.largest` on every row.
std::vector<int> dead_units(const std::vector<double>& gains, int64_t rows, const ActivationShape& shape);

/// The numbers of a step after forward and backward, row-major in double.
class StepView {
 public:
  virtual ~StepView() = default;
  virtual int64_t rows() const = 0;
  virtual std::vector<double> value(int id) const = 0;
  virtual std::vector<double> gradient(int id) const = 0;
  /// ‖gradient‖ of a parameter, for the loss whose gradients gradient() returns.
  virtual double gradient_norm(const graph::Parameter& p) const = 0;
  /// Σ w_n, by which that loss is divided to be a mean.
  virtual double weight() const = 0;
};

/// Everything but update_ratio; W from `parameters` [program.total_size]. T: float or double.
template <class T>
std::vector<LayerStatistics> layer_statistics(const graph::ForwardProgram& program, const std::vector<LayerPlan>& plans,
                                              const StepView& step, std::span<const T> parameters);

/// ‖after − before‖ / ‖before‖ of W of every plan; 0 where ‖before‖ is 0.
template <class T>
std::vector<double> update_ratios(const graph::ForwardProgram& program, const std::vector<LayerPlan>& plans,
                                  std::span<const T> before, std::span<const T> after);

}  // namespace retrograd::training
