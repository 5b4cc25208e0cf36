#include "train/engine/choose_threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "base/cores.hpp"
#include "parallel/peers.hpp"

namespace retrograd::training {
namespace {

/// Floating-point operations of a step between which the answer depends on the machine.
constexpr double kLeast = 4e5, kMost = 2e8;
/// Every trial has parameters and optimiser slots of its own; of large networks there is no room for several.
constexpr size_t kLargest = 1 << 20;
constexpr int kRounds = 5;
constexpr double kRoundSeconds = 4e-4;
/// Another thread must be worth its core.
constexpr double kGain = 0.97;

class Trial {
 public:
  Trial(EngineSetup setup, int threads, const std::vector<double>& initial) : options_(*setup.options) {
    options_.threads = threads;
    options_.peers = nullptr;
    setup.options = &options_;
    engine_ = make_fast_engine(std::move(setup));
    engine_->set_parameters(initial);
  }

  int threads() const { return options_.threads; }
  double best() const { return best_; }  ///< seconds a step

  void time(std::span<const int64_t> rows, int steps) {
    const auto start = std::chrono::steady_clock::now();
    for (int k = 0; k < steps; ++k) {
      StepPlan plan;
      plan.rows = rows;
      plan.eta = 0;
      plan.step = 1;
      engine_->step(plan);
    }
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    best_ = std::min(best_, passed.count() / steps);
  }

 private:
  TrainOptions options_;
  std::unique_ptr<Engine> engine_;
  double best_ = 1e9;
};

std::string threads_text(int threads) { return fmt::format("{} thread{}", threads, threads == 1 ? "" : "s"); }

}  // namespace

int choose_threads(const EngineSetup& whole, const std::vector<double>& initial, std::vector<std::string>& decisions) {
  if (whole.options->precision == Precision::float64) return whole.options->threads;  // plain loops, on one
  EngineSetup setup = whole;
  if (const Peers* peers = std::exchange(setup.peers, nullptr); peers != nullptr)  // what this one has of a step
    setup.batch = std::max<int64_t>(1, setup.batch / peers->size());
  const double flops = setup.program->flops_step() * static_cast<double>(setup.batch);
  const int cores = available_cores();
  if (cores == 1 || setup.optimizer.optimizer->info.full_batch || flops < kLeast || flops > kMost ||
      setup.program->total_size > kLargest) {
    const int threads = setup.options->threads;
    decisions.push_back(
        fmt::format("{}: {:.3g} flops a step, {} core{}", threads_text(threads), flops, cores, cores == 1 ? "" : "s"));
    return threads;
  }
  std::vector<int64_t> rows(static_cast<size_t>(setup.batch));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  std::vector<std::unique_ptr<Trial>> trials;
  for (int threads = 1; threads <= cores; threads = threads < cores ? std::min(2 * threads, cores) : cores + 1)
    trials.push_back(std::make_unique<Trial>(setup, threads, initial));
  for (const auto& trial : trials) trial->time(rows, 2);  // fills the caches; its time counts if it is the best
  const int steps = std::max(1, static_cast<int>(kRoundSeconds / trials.front()->best()));
  for (int round = 0; round < kRounds; ++round)
    for (const auto& trial : trials) trial->time(rows, steps);
  const Trial* best = trials.front().get();
  for (const auto& trial : trials)
    if (trial->best() < kGain * best->best()) best = trial.get();
  std::string others;
  for (const auto& trial : trials)
    if (trial.get() != best)
      others += fmt::format("{}{:.3g} on {}", others.empty() ? "" : ", ", 1e6 * trial->best(), trial->threads());
  decisions.push_back(fmt::format("{}: {:.3g} µs a step, {} (measured; the model does not depend on it)",
                                  threads_text(best->threads()), 1e6 * best->best(), others));
  return best->threads();
}

}  // namespace retrograd::training
