// One training step and one evaluation, for either precision: what the training loop drives.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/shards.hpp"
#include "base/thread_team.hpp"
#include "graph/program.hpp"
#include "optim/optimizer.hpp"
#include "retrograd/data.hpp"
#include "retrograd/train.hpp"
#include "train/engine/augment.hpp"

namespace retrograd::training {

/// Training rows with their weights (sample weight times class weight); every row weighs 1 when `weights` is empty.
struct Rows {
  const Dataset* data = nullptr;
  std::vector<float> weights;
  std::vector<int64_t> names = {};       ///< what the rows are called, from 0; by their place when empty
  const Augmenter* augmenter = nullptr;  ///< of the images "x", when they are gathered
  int64_t name(int64_t row) const { return names.empty() ? row : names[static_cast<size_t>(row)]; }
  float weight(int64_t row) const { return weights.empty() ? 1.0f : weights[static_cast<size_t>(row)]; }
  /// Σ w of a batch, in its order within a shard, the shards by their tree.
  double weight(std::span<const int64_t> batch, std::span<const Shard> shards) const {
    return sum_over_shards<double>(std::ssize(batch), shards, [&](int64_t begin, int64_t end) {
      double sum = 0;
      for (int64_t n = begin; n < end; ++n) sum += static_cast<double>(weight(batch[static_cast<size_t>(n)]));
      return sum;
    });
  }
};

/// The numbers of one step.
struct StepPlan {
  std::span<const int64_t> rows;  ///< rows of the batch
  double eta = 0;
  int64_t step = 1;               ///< counted from 1; keys dropout and the bias corrections
  double decay = 1, dropout = 1;  ///< what multiplies the weight decay, and the rates of dropout, in this step
  Augmenter::When images = {};    ///< where images are augmented
  /// Of the first of several peers: called once, when its own part is done, for a number that all get; throws nothing.
  const std::function<double()>* ask = nullptr;
};

struct StepResult {
  double loss = 0;    ///< Σ w_n·l_n before the update
  double weight = 0;  ///< Σ w_n
  double asked = 0;   ///< what the first peer's StepPlan::ask gave
  double eta = 0;     ///< step length that was found, by a method that looks for one
  std::string ended;  ///< why a full-batch method cannot go on; else empty
};

/// Σ w·l, Σ w and the predictions [rows][outputs] of some data, dropout off.
struct Evaluation {
  double loss = 0, weight = 0;
  std::vector<float> predictions;
};

/// Parameters [program.total_size] and the optimiser's slots, each [program.trained_size], where they lie.
template <class T>
struct NumbersOf {
  std::span<const T> parameters;
  std::vector<std::span<const T>> slots;
};
/// In the engine's own precision.
using Numbers = std::variant<NumbersOf<float>, NumbersOf<double>>;

class Engine {
 public:
  virtual ~Engine() = default;
  virtual StepResult step(const StepPlan& plan) = 0;
  virtual Evaluation evaluate(const Rows& rows) = 0;
  /// Loss and weight of these rows (at most EngineSetup::batch); their gradient is added to `sum` [trained_size].
  virtual StepResult gradient(std::span<const int64_t> rows, std::span<double> sum) = 0;
  /// Every parameter and constant, [program.total_size], as doubles (exact for floats), and back.
  virtual std::vector<double> parameters() const = 0;
  virtual void set_parameters(const std::vector<double>& values) = 0;
  /// The optimiser's slots, each [program.trained_size], as doubles (exact for floats), and back.
  virtual std::vector<std::vector<double>> slots() const = 0;
  virtual void set_slots(const std::vector<std::vector<double>>& values) = 0;
  /// What a step changes, without a copy; and back, into an engine of the same precision (no slots: all are zero).
  virtual Numbers numbers() const = 0;
  virtual void set_numbers(const Numbers& numbers) = 0;
};

/// What an engine is built from; all of it must outlive the engine.
struct EngineSetup {
  const graph::ForwardProgram* program = nullptr;
  const graph::ReverseProgram* reverse = nullptr;
  const Rows* rows = nullptr;
  const TrainOptions* options = nullptr;  ///< complete: nothing left to infer
  optim::OptimizerChoice optimizer;
  int64_t batch = 0;       ///< rows of the largest step
  Peers* peers = nullptr;  ///< every step and evaluation is shared with them
};

/// float32: kernels over panels on a team of options.threads.
std::unique_ptr<Engine> make_fast_engine(EngineSetup setup);
/// The operators' plain references on one thread, in the precision of the options: how float64 runs, and in float32
/// what the fast engine must equal to the bit.
std::unique_ptr<Engine> make_reference_engine(EngineSetup setup);
/// Full-batch methods (optim/objective.hpp) on the engine of the options' precision: a step is an iteration over all
/// rows of its plan, from blocks of kIterationRows by the engine that `passes` makes. Its result's loss is that after
/// the step.
std::unique_ptr<Engine> make_iteration_engine(EngineSetup setup, std::unique_ptr<Engine> (*passes)(EngineSetup));
/// The one of these that runs such a setup.
std::unique_ptr<Engine> make_engine(EngineSetup setup);

/// Rows whose gradient a full-batch method takes at once: activations stay small, and sums of floats short.
inline constexpr int64_t kIterationRows = 2048;

}  // namespace retrograd::training
