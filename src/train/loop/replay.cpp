#include "train/loop/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace retrograd::training {
namespace {

constexpr int64_t kKeepEvery = 512;
constexpr size_t kWatched = 6;  // steps before the divergence whose growth is told

}  // namespace

bool Replay::wants_state(int64_t step) const { return step_ < 0 || step - step_ >= kKeepEvery; }

void Replay::keep(int64_t step, const Engine& engine) {
  const Numbers now = engine.numbers();
  const auto finite = [](const auto& n) {
    return std::all_of(n.parameters.begin(), n.parameters.end(), [](auto v) { return std::isfinite(v); });
  };
  if (!std::visit(finite, now)) return;  // the step before broke it, and the next loss will say so
  step_ = step;
  std::visit([&](const auto& n) { keep(n, step > 0); }, now);
  taken_.clear();
  taken_.reserve(static_cast<size_t>(kKeepEvery) + 1);
}

template <class T>
void Replay::keep(const NumbersOf<T>& now, bool slots) {
  if (!std::holds_alternative<Kept<T>>(kept_)) kept_ = Kept<T>();
  auto& kept = std::get<Kept<T>>(kept_);  // its buffers are used again
  kept.parameters.assign(now.parameters.begin(), now.parameters.end());
  kept.slots.resize(slots ? now.slots.size() : 0);
  for (size_t s = 0; s < kept.slots.size(); ++s) kept.slots[s].assign(now.slots[s].begin(), now.slots[s].end());
}

void Replay::forget() {
  step_ = -1;
  taken_.clear();
}

std::string Replay::explain(const EngineSetup& setup, Engine& engine,
                            const std::function<std::span<const int64_t>(const StepRecord&)>& rows_of) const {
  if (step_ < 0) return {};
  const auto back = []<class T>(const Kept<T>& kept) -> Numbers {
    return NumbersOf<T>{kept.parameters, {kept.slots.begin(), kept.slots.end()}};
  };
  engine.set_numbers(std::visit(back, kept_));
  std::vector<Growth> growth;
  for (size_t k = 0; k < taken_.size(); ++k) {
    const StepRecord& record = taken_[k];
    const StepPlan plan{rows_of(record), record.eta, record.step, record.decay, record.dropout, record.images};
    const bool watched = k + kWatched >= taken_.size();
    const std::vector<double> before = watched ? engine.parameters() : std::vector<double>();
    const StepResult result = engine.step(plan);
    if (!watched) continue;
    const double mean = result.weight > 0 ? result.loss / result.weight : result.loss;
    growth.push_back(growth_of(setup, plan.rows, before, record, mean));
    const std::string found = first_bad_number(setup, plan.rows, before, engine.parameters(), record);
    if (!found.empty())
      return fmt::format("\nthe first number that is not finite, in step {}: {}{}", record.step, found,
                         to_text(growth));
  }
  return {};
}

}  // namespace retrograd::training
