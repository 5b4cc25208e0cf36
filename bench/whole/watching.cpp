// What always-on watching costs: a run's steps with the statistics of its layers and the state kept for replaying,
// against the same steps without either.
#include <fmt/format.h>

#include <algorithm>

#include "contender.hpp"
#include "tables.hpp"
#include "train/engine/engine.hpp"
#include "train/engine/observer.hpp"
#include "train/loop/replay.hpp"

namespace retrograd::bench {
namespace {

constexpr int kRounds = 9, kFewest = 3;
constexpr double kCaseMicros = 8e6;  // that the rounds of a case may take
constexpr int64_t kPeriod = 2048;    // steps a thread from one observation to the next

/// The steps of train()'s loop (src/train/loop/train.cpp), with what watches them or bare.
class Loop {
 public:
  Loop(const Problem& problem, int threads, bool watched)
      : problem_(problem), watched_(watched), reverse_(graph::reverse(problem.program)), rows_{&problem.data, {}} {
    options_.threads = threads;
    options_.batch = problem.test.batch;
    options_.weight_decay = 0;
    options_.optimizer = problem.test.optimizer;
    training::EngineSetup setup{
        &problem.program, &reverse_, &rows_, &options_, optim::parse_optimizer(options_.optimizer), options_.batch};
    engine_ = training::make_fast_engine(std::move(setup));
    engine_->set_parameters({problem.initial.begin(), problem.initial.end()});
    observer_.emplace(problem.program, reverse_, rows_, options_);
  }

  void step() {
    if (watched_ && replay_.wants_state(step_)) replay_.keep(step_, *engine_);
    const auto batch = static_cast<size_t>(options_.batch);
    training::StepPlan plan;
    plan.rows = std::span<const int64_t>(problem_.order).subspan(at_, batch);
    at_ = (at_ + batch) % problem_.order.size();
    plan.eta = problem_.test.eta;
    plan.step = ++step_;
    if (watched_) replay_.record({1, static_cast<int64_t>(at_), plan.eta, plan.step});
    const bool observed = watched_ && observer_->due(plan.step);
    if (observed) observer_->before_step(*engine_);
    engine_->step(plan);
    if (observed) layers_ = observer_->observe(plan, *engine_);
  }

 private:
  const Problem& problem_;
  const bool watched_;
  const graph::ReverseProgram reverse_;
  training::Rows rows_;
  TrainOptions options_;
  std::unique_ptr<training::Engine> engine_;
  std::optional<training::Observer> observer_;
  training::Replay replay_;
  std::vector<LayerStatistics> layers_;
  size_t at_ = 0;
  int64_t step_ = 0;
};

}  // namespace

nlohmann::json watching() {
  fmt::print("{:<22} {:>6} {:>8} {:>14} {:>14} {:>10} {:>16}\n", "network", "batch", "threads", "bare us/step",
             "watched us", "ratio", "from … to");
  nlohmann::json rows = nlohmann::json::array();
  for (const Case& test :
       {Case{"small", {10, 32, 32, 10}, 32, "adam"}, Case{"medium", {64, 128, 64, 10}, 64, "momentum"},
        Case{"large", {784, 256, 128, 10}, 256, "adam"}})
    for (const int threads : {1, 2}) {
      const Problem problem(test);
      Loop loops[2] = {{problem, threads, false}, {problem, threads, true}};
      // A block holds exactly one observation, and two kept states a thread.
      const int64_t steps = kPeriod * threads;
      const auto block = [&](Loop& loop) {
        const auto start = std::chrono::steady_clock::now();
        for (int64_t k = 0; k < steps; ++k) loop.step();
        return 1e6 * seconds_since(start) / static_cast<double>(steps);
      };
      block(loops[0]);
      const double once = block(loops[1]) * static_cast<double>(steps);
      const int rounds = std::clamp(static_cast<int>(kCaseMicros / (2 * once)), kFewest, kRounds);
      std::vector<double> bare, watched, ratios;
      for (int round = 0; round < rounds; ++round) {
        const bool first = round % 2 == 0;  // neither always runs after the other
        double micros[2];
        for (const int which : {first ? 0 : 1, first ? 1 : 0}) micros[which] = block(loops[which]);
        bare.push_back(micros[0]);
        watched.push_back(micros[1]);
        ratios.push_back(micros[1] / micros[0]);
      }
      const double low = quantile(ratios, 0.25), high = quantile(ratios, 0.75);
      fmt::print("{:<22} {:>6} {:>8} {:>14.1f} {:>14.1f} {:>10.4f} {:>8.4f} {:>7.4f}\n", test.text(), test.batch,
                 threads, median(bare), median(watched), median(ratios), low, high);
      std::fflush(stdout);
      rows.push_back({{"network", test.text()},
                      {"batch", test.batch},
                      {"threads", threads},
                      {"bare_us", median(bare)},
                      {"watched_us", median(watched)},
                      {"ratio", median(ratios)},
                      {"quartiles", {low, high}}});
    }
  return rows;
}

}  // namespace retrograd::bench
