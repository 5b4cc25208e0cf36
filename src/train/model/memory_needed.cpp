#include "train/model/memory_needed.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "base/memory.hpp"
#include "optim/lm/lm.hpp"
#include "plan/executor.hpp"
#include "plan/layout.hpp"
#include "train/engine/engine.hpp"
#include "train/model/model_state.hpp"

namespace retrograd::training {
namespace {

constexpr double kFloat = sizeof(float), kDouble = sizeof(double);
constexpr int64_t kEvaluationRows = 256;

double size(size_t count) { return static_cast<double>(count); }

/// The reference keeps every value row-major, in its own precision.
double activations(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse, int64_t rows,
                   Precision precision) {
  if (precision == Precision::float64) return plan::bytes_without_reuse(program, reverse, rows) * kDouble / kFloat;
  return plan::Executor::bytes(program, reverse, rows);
}

double outputs_of(const graph::ForwardProgram& program) {
  return static_cast<double>(program.values[static_cast<size_t>(program.prediction)].features);
}

}  // namespace

MemoryNeeded memory_of_training(const graph::ForwardProgram& program, const graph::ReverseProgram& reverse,
                                const optim::OptimizerChoice& optimizer, const TrainOptions& options, int64_t rows,
                                int64_t valid_rows) {
  const double number = options.precision == Precision::float64 ? kDouble : kFloat;
  const double all = size(program.total_size), trained = size(program.trained_size);
  const bool full_batch = optimizer.optimizer->info.full_batch;
  const double state = all + size(optim::slot_names(optimizer).size()) * trained;  // what a step goes on from
  MemoryNeeded needed;
  // The engine's, the copy for telling of divergence, and the initial values.
  needed.parameters = number * (state + trained) + number * state + kDouble * all;
  if (valid_rows > 0) needed.parameters += kDouble * all;  // the best epoch's
  if (options.on_divergence == OnDivergence::restore) needed.parameters += 2 * kDouble * state;
  if (!options.checkpoint.folder.empty()) needed.parameters += kDouble * state + number * (state + all);
  if (full_batch) needed.parameters += kDouble * state + 8 * kDouble * trained;  // the method's own, in double
  if (optimizer.optimizer->info.name == optim::LevenbergMarquardt::info.name)
    needed.parameters += 2 * kDouble * trained * trained;  // the system, and its factor
  const int64_t batch = full_batch ? std::min(options.batch, kIterationRows) : options.batch;
  const int64_t evaluated = std::min(kEvaluationRows, std::max(rows, valid_rows));
  const int threads = std::max(1, options.threads);
  needed.activations = activations(program, &reverse, batch, options.precision) +
                       threads * activations(program, nullptr, evaluated, options.precision) +
                       activations(program, &reverse, std::min(kEvaluationRows, options.batch), options.precision);
  needed.rows =
      static_cast<double>(rows) * sizeof(int64_t) + static_cast<double>(valid_rows) * outputs_of(program) * kFloat;
  return needed;
}

std::string require_memory_of_training(const graph::ForwardProgram& program, const graph::ReverseProgram& reverse,
                                       const optim::OptimizerChoice& optimizer, const TrainOptions& options,
                                       int64_t rows, int64_t valid_rows) {
  const MemoryNeeded needed = memory_of_training(program, reverse, optimizer, options, rows, valid_rows);
  const std::string parts =
      fmt::format("parameters {}, activations of {} rows {}, order of the rows {}", bytes_text(needed.parameters),
                  options.batch, bytes_text(needed.activations), bytes_text(needed.rows));
  require_memory(needed.total(), fmt::format("training ({})", parts),
                 needed.activations > needed.parameters
                     ? fmt::format("give a smaller --batch than {}, or a smaller network", options.batch)
                     : "give a smaller network, or an optimiser that keeps less (sgd keeps nothing)");
  return fmt::format("memory: training takes about {} besides the data ({})", bytes_text(needed.total()), parts);
}

void require_memory_of_prediction(const graph::ForwardProgram& program, Precision precision, int64_t rows,
                                  int threads) {
  const double results = static_cast<double>(rows) * outputs_of(program) * kFloat;
  const double blocks =
      threads * activations(program, nullptr, std::min(kPredictRows, std::max<int64_t>(1, rows)), precision);
  require_memory(
      results + blocks,
      fmt::format("predicting {} rows (activations {}, predictions {})", rows, bytes_text(blocks), bytes_text(results)),
      blocks > results ? "the network is too wide for this machine; fewer --threads take less"
                       : "give fewer rows at a time");
}

}  // namespace retrograd::training
