// The two programs run by the operators' plain references, row-major, whole batch at once. In double it is the oracle
// of gradient checks and audits and the engine of --precision float64; in float it must equal the fast executor to the
// bit.
#pragma once

#include <vector>

#include "base/shards.hpp"
#include "graph/program.hpp"

namespace retrograd::plan {

template <class T>
class ReferenceExecutor {
 public:
  /// `reverse` null: forward only. Sums over samples follow the tree of `shards`.
  ReferenceExecutor(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse, int shards = 1);

  /// Sizes every buffer for `rows` rows.
  void resize(int64_t rows);
  int64_t rows() const { return rows_; }

  /// Row-major [rows][features]; inputs and target are filled by the caller.
  std::vector<T>& value(int id) { return values_[static_cast<size_t>(id)]; }
  const std::vector<T>& value(int id) const { return values_[static_cast<size_t>(id)]; }
  const std::vector<T>& gradient(int id) const { return gradients_[static_cast<size_t>(id)]; }
  /// Weight of each row.
  std::vector<T>& weights() { return weights_; }

  /// Forward. `training` switches dropout and batch statistics; parameters are [program.total_size].
  void forward(T* parameters, bool training, uint64_t seed = 0, uint64_t step = 0, double dropout = 1);
  /// Backward after forward; writes gradients [trained_size]. The seed of row n is weight_n * scale.
  void backward(T* parameters, T* gradients, T scale);
  /// Σ_n weight_n · l_n.
  double total_loss() const;

 private:
  ops::Reference<T> call(size_t equation, T* parameters);

  const graph::ForwardProgram& program_;
  const graph::ReverseProgram* reverse_;
  int64_t rows_ = 0;
  int shard_count_;
  std::vector<Shard> shards_;
  bool training_ = false;
  uint64_t seed_ = 0, step_ = 0;
  double dropout_ = 1;
  std::vector<std::vector<T>> values_, gradients_;
  std::vector<T> weights_;
  std::vector<const T*> x_;
  std::vector<T*> parameters_, dparameters_, dx_;
};

extern template class ReferenceExecutor<float>;
extern template class ReferenceExecutor<double>;

}  // namespace retrograd::plan
