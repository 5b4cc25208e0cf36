// Watching a run: every so often a step is computed a second time, on a plan of its own that keeps every gradient, and
// its layers are measured. By the bits contract these are the numbers of the step that ran; the step itself is not
// slowed down, and fused kernels need not write what nobody reads.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "retrograd/train.hpp"
#include "train/engine/engine.hpp"
#include "train/engine/layer_statistics.hpp"

namespace retrograd::training {

/// Of a step, at most so many rows are measured: its first; and of those between, for short runs.
inline constexpr int64_t kObservedRows = 256, kObservedBetween = 64;

class Observer {
 public:
  /// Everything must outlive the observer; plans on the first observation.
  Observer(const graph::ForwardProgram& program, const graph::ReverseProgram& reverse, const Rows& rows,
           const TrainOptions& options);
  ~Observer();

  /// Whether this step (1, 2, …) is to be observed: the first, then one in 2048 for each thread of the run, which holds
  /// the cost under two per cent of the steps' time. Runs of few steps an epoch would show one epoch alone: between,
  /// the first steps of epochs 2, 4, 8, … are observed too, of fewer rows. `begins` is the epoch that begins with this
  /// step, or 0.
  bool due(int64_t step, int begins = 0) const;

  /// Keeps the parameters that the step to observe starts from.
  void before_step(const Engine& engine);
  /// Statistics of the step that the engine took since; of its first kObservedRows rows, or kObservedBetween.
  std::vector<LayerStatistics> observe(const StepPlan& plan, const Engine& engine);

 private:
  class View;
  const graph::ForwardProgram& program_;
  const graph::ReverseProgram& reverse_;
  const Rows& rows_;
  const TrainOptions& options_;
  std::vector<LayerPlan> plans_;
  std::unique_ptr<View> view_;
  std::vector<double> before_;  ///< of a float64 run; float32 ones lie in the view
  int64_t next_ = 1;
};

}  // namespace retrograd::training
