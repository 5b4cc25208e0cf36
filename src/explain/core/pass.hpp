// One forward and one backward pass over a few rows, every number kept: as the network's own code computes it, and
// again in double, operator by operator, from the operands that this code had.
#pragma once

#include <cstdint>
#include <vector>

#include "explain/core/kernel_run.hpp"
#include "graph/program.hpp"
#include "retrograd/data.hpp"
#include "retrograd/model.hpp"

namespace retrograd::explaining {

/// A matrix of numbers, row-major, with its audit.
struct Numbers {
  Matrix computed, recomputed;  ///< `recomputed` is empty for what is given
  Matrix unit;                  ///< one ulp of the scale that the bound refers to, for each element
  double bound = 0;             ///< allowed |computed − recomputed| in these units
  double worst = 0;             ///< largest found
  int64_t wrong = 0;            ///< elements beyond the bound (or not a number in one of the two only)
};

struct PassOptions {
  std::vector<int64_t> rows;    ///< of the data
  std::vector<double> weights;  ///< of each: the seed ∂L/∂l_n
  bool training = false;        ///< dropout on, batch statistics
  uint64_t seed = 1, step = 1;
};

class Pass {
 public:
  /// The model must have a loss and the data must fit it (training::check_fits). The model must outlive the pass.
  Pass(const Model& model, const Dataset& data, PassOptions options);
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  const graph::ForwardProgram& program() const { return program_; }
  const graph::ReverseProgram& reverse() const { return reverse_; }
  const PassOptions& options() const { return options_; }
  int64_t rows() const { return static_cast<int64_t>(options_.rows.size()); }
  bool single() const { return single_; }  ///< float32

  const Numbers& value(int id) const { return values_[static_cast<size_t>(id)]; }
  const Numbers& gradient(int id) const { return gradients_[static_cast<size_t>(id)]; }
  /// ∂L/∂θ of a trained parameter, by its index in the program.
  const Numbers& dparameter(int index) const { return dparameters_[static_cast<size_t>(index)]; }
  /// A parameter's values, row-major.
  const Matrix& parameter(int index) const { return parameters_[static_cast<size_t>(index)]; }
  /// Parameters in the flat buffer's places, [program.total_size], and ∂L/∂θ as computed, [program.trained_size].
  const Matrix& flat() const { return flat_; }
  Matrix flat_gradient() const;
  /// The gradient that ∂L/∂(a value) ends up in, after every path is added; -1 if it has none.
  int gradient_of(int value) const { return gradient_of_[static_cast<size_t>(value)]; }
  /// What the operator makes of ones, [rows][features]: the mask of dropout, whose formula is m·x.
  Matrix of_ones(size_t equation) const;
  /// Whether training runs another function than prediction in this network.
  bool modes_differ() const { return modes_differ_; }
  int features(int value) const { return program_.values[static_cast<size_t>(value)].features; }
  Occasion occasion(size_t equation) const;

 private:
  void fill(const Model& model, const Dataset& data);
  void forward(size_t equation);
  void backward(const graph::ReverseEquation& reverse);
  Operands operands(size_t equation) const;
  void audit(Numbers& numbers, const Matrix& scale, double bound, double floor) const;

  const graph::ForwardProgram& program_;
  const graph::ReverseProgram reverse_;
  const PassOptions options_;
  bool single_ = true, modes_differ_ = false;
  Matrix flat_;
  std::vector<Matrix> parameters_;
  std::vector<Numbers> values_, gradients_, dparameters_;
  std::vector<int> gradient_of_;
};

}  // namespace retrograd::explaining
