// What runs: the two programs laid out in memory and cut into phases. Planned once; a step then allocates nothing.
//
// Row-wise work (forward, backward to the inputs) is split over panels and needs no barrier between equations: a thread
// takes its panels through the whole forward and backward pass. Sums over samples (dW, db, batch statistics) are split
// over their outputs, after a barrier. A plain network has two phases; batch norm adds its own, and so does every layer
// of a million weights: its sums follow the layer's backward pass at once, while what both read is in cache.
#pragma once

#include <functional>
#include <vector>

#include "base/aligned.hpp"
#include "base/shards.hpp"
#include "base/thread_team.hpp"
#include "graph/program.hpp"

namespace retrograd::gemm {
struct Taker;
}

namespace retrograd::plan {

/// A step's share of a batch: part `part` of `parts`, in shards (base/shards.hpp).
struct Sharing {
  int shards = 1;
  int part = 0, parts = 1;
  /// With several parts: floats of gradients that are worth a range of their own, sent while the backward pass goes on.
  size_t bucket = 1 << 20;
};

/// Which part of the forward program an inference run needs.
enum class Need { prediction, loss, both };

class Executor {
 public:
  /// Plans for batches of up to `max_rows`. `reverse` null: inference only. Both programs must outlive the executor.
  /// Sums over the samples of a step follow the tree of the shards; with several parts, a step has its part's rows.
  Executor(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse, int64_t max_rows,
           Sharing sharing = {});

  /// The flat buffers that the next runs read and write: parameters [program.total_size], gradients [trained_size] or
  /// null.
  void bind(float* parameters, float* gradients);

  int64_t max_rows() const { return max_rows_; }
  /// Panel buffer of a value, [panels][features][32]. Inputs and the target are filled by the caller; padding lanes
  /// must be zero. Without a reverse program, of what a run computed only the prediction and the loss are kept.
  float* value(int id) { return values_[static_cast<size_t>(id)]; }
  const float* value(int id) const { return values_[static_cast<size_t>(id)]; }
  /// Panel buffer of a gradient of the reverse program, for reading after a step.
  const float* gradient(int id) const { return gradients_[static_cast<size_t>(id)]; }
  /// Weight of each row, [panels][1][32]; zero in padding lanes.
  float* weights() { return weights_; }

  struct Step {
    int64_t rows = 0;    ///< of the whole batch
    double scale = 1;    ///< the seed of row n is weight_n * scale
    uint64_t seed = 0;   ///< of dropout
    uint64_t step = 0;   ///< counts steps, keys dropout
    double dropout = 1;  ///< multiplies dropout rates
    /// Called first on every thread with its panels; fills inputs, target and weights. May be empty.
    const std::function<void(Range panels, int rank)>* gather = nullptr;
    /// With one part. Asked on each thread before its items of each equation of linear: what takes the gradient of W as
    /// it is computed, when nobody reads W any more in this step. Null where the gradient is to be kept.
    const std::function<const gemm::Taker*(size_t equation, int rank)>* taker = nullptr;
    /// Several parts; both on the first thread. `complete`: the sums of these equations' parameters over the part's
    /// samples are there and nobody writes them any more. `sum`: adds over the parts what is needed at once.
    const std::function<void(std::span<const size_t> equations)>* complete = nullptr;
    const std::function<void(std::span<float> values)>* sum = nullptr;
  };
  /// The rows of a batch of `rows` that a step has.
  Range own_rows(int64_t rows) const { return rows_of_part(rows, sharing_.shards, sharing_.part, sharing_.parts); }
  /// Whether the gradients of an equation's parameters are computed before the end of the backward pass.
  bool ends_early(size_t equation) const { return ends_early_[equation]; }
  /// Forward and backward on every member of the team: to be called inside team.run by each rank. Gradients of all
  /// trained parameters are complete after the next barrier.
  void step(ThreadTeam& team, int rank, const Step& step);

  /// Forward in inference mode on the calling thread. `again(i)`, if given, is asked after equation i was computed;
  /// where it answers true (having changed parameters) the equation is computed once more.
  void infer(int64_t rows, Need need, const std::function<bool(size_t equation)>& again = {});

  /// Σ_n weight_n · l_n of the first `rows` rows of the last run, in row order (within a shard, in a step).
  double total_loss(int64_t rows) const;

  /// Bytes planned.
  size_t bytes() const { return arena_.size() * sizeof(float); }
  /// The same before anything is allocated: a number too large for any memory does not overflow.
  static double bytes(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse, int64_t max_rows);

 private:
  struct Work {
    enum class Kind { forward_batch, forward_sum, forward, seed, add, backward_batch, backward_sum, backward };
    Kind kind;
    size_t index;    ///< equation, or reverse equation for seed and add
    int stage = -1;  ///< of forward_batch, backward_batch, and the sums over the parts after each stage
  };
  using Phase = std::vector<Work>;

  void lay_out();
  void schedule();
  void over_samples(Work::Kind batch, Work::Kind sum, size_t equation, size_t sums);
  void announce(const Phase& phase, const Step& step);
  void run(const Work& work, const Step& step, Range panels, int rank, int size);

  const graph::ForwardProgram& program_;
  const graph::ReverseProgram* reverse_;
  int64_t max_rows_;
  const Sharing sharing_;
  std::vector<Shard> shards_;     ///< of the last step
  std::vector<size_t> complete_;  ///< room for announce()
  Aligned<float> arena_;
  std::vector<float*> values_, gradients_;
  float* weights_ = nullptr;
  /// One call per equation with stable pointer tables.
  struct Use {
    ops::Call call;
    std::vector<const float*> x;
    std::vector<float*> parameters, dparameters, dx;
  };
  std::vector<Use> uses_;
  std::vector<Phase> phases_;
  std::vector<bool> ends_early_;  ///< by equation
};

}  // namespace retrograd::plan
