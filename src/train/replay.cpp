#include "train/replay.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace retrograd::training {
namespace {

constexpr int64_t kKeepEvery = 512;
constexpr size_t kWatched = 6;  // steps before the divergence whose growth is told

}  // namespace

bool Replay::wants_state(int64_t step) const { return step_ < 0 || step - step_ >= kKeepEvery; }

void Replay::keep(int64_t step, const Engine& engine) {
  std::vector<double> now = engine.parameters();
  for (const double v : now)
    if (!std::isfinite(v)) return;  // the step before broke it, and the next loss will say so
  step_ = step;
  parameters_ = std::move(now);
  slots_ = engine.slots();
  taken_.clear();
  taken_.reserve(static_cast<size_t>(kKeepEvery) + 1);
}

void Replay::forget() {
  step_ = -1;
  taken_.clear();
}

std::string Replay::explain(const EngineSetup& setup, Engine& engine,
                            const std::function<std::span<const int64_t>(const StepRecord&)>& rows_of) const {
  if (step_ < 0) return {};
  engine.set_parameters(parameters_);
  engine.set_slots(slots_);
  std::vector<Growth> growth;
  for (size_t k = 0; k < taken_.size(); ++k) {
    const StepRecord& record = taken_[k];
    const StepPlan plan{rows_of(record), record.eta, record.step};
    const bool watched = k + kWatched >= taken_.size();
    const std::vector<double> before = watched ? engine.parameters() : std::vector<double>();
    const StepResult result = engine.step(plan);
    if (!watched) continue;
    const double mean = result.weight > 0 ? result.loss / result.weight : result.loss;
    growth.push_back(growth_of(setup, plan.rows, before, record.step, mean));
    const std::string found = first_bad_number(setup, plan.rows, before, engine.parameters(), record);
    if (!found.empty())
      return fmt::format("\nthe first number that is not finite, in step {}: {}{}", record.step, found,
                         to_text(growth));
  }
  return {};
}

}  // namespace retrograd::training
