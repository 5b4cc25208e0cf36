// Derivatives of a network's outputs, row by row, by the backward pass.
#pragma once

#include <span>
#include <vector>

#include "plan/reference_executor.hpp"
#include "train/engine/engine.hpp"

namespace retrograd::training {

/// Of networks whose loss is `squared`, l = ½·Σ_k (z_k − y_k)²: for e_k = z_k − y_k and all other residuals 0, the
/// gradient of l is e_k·∂z_k/∂θ. So the backward pass of one row, from a target max(1, |z_k|) below z_k, gives a row of
/// J after a division by the residual, which is known exactly.
template <class T>
class Jacobian {
 public:
  /// Both must outlive this. The loss must be `squared`.
  Jacobian(const graph::ForwardProgram& program, const graph::ReverseProgram& reverse);

  int outputs() const { return outputs_; }
  /// J [outputs, trained_size], ∂z_k/∂θ for that row of the data at `parameters` [total_size]; allocates nothing after
  /// the first call.
  void row(std::span<T> parameters, const Rows& rows, int64_t row, std::span<double> J);

 private:
  const graph::ForwardProgram& program_;
  plan::ReferenceExecutor<T> executor_;
  int z_ = -1, y_ = -1, outputs_ = 0;  // values
  std::vector<T> gradient_;
};

extern template class Jacobian<float>;
extern template class Jacobian<double>;

}  // namespace retrograd::training
