#include "train/engine/observer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "plan/executor.hpp"
#include "retrograd/panel.hpp"
#include "train/engine/step_rows.hpp"

namespace retrograd::training {
namespace {

constexpr int64_t kEvery = 2048;  // steps between observations, for each thread of the run

}  // namespace

/// One step on one thread, read back from panels.
class Observer::View : public StepView {
 public:
  View(const graph::ForwardProgram& program, const graph::ReverseProgram& reverse, int64_t rows, int shards)
      : program_(program),
        reverse_(reverse),
        team_(1),
        executor_(program, &reverse, rows, {.shards = shards}),
        parameters_(program.total_size),
        gradients_(program.trained_size) {
    executor_.bind(parameters_.data(), gradients_.data());
  }

  /// What the step starts from. Its weights stay as they are in run(), which may change running statistics alone.
  std::span<float> parameters() { return {parameters_.data(), parameters_.size()}; }

  void run(const Rows& rows, std::span<const int64_t> index, uint64_t seed, const StepPlan& plan) {
    rows_ = static_cast<int64_t>(index.size());
    const Range panels{0, panels_of(rows_)};
    Augmenter::Scratch scratch = rows.augmenter != nullptr ? rows.augmenter->scratch() : Augmenter::Scratch();
    gather_rows(program_, rows, index, plan.images, panels, executor_, &scratch);
    weight_ = 0;
    for (int64_t n = 0; n < rows_; ++n) weight_ += static_cast<double>(executor_.weights()[n]);
    plan::Executor::Step step;
    step.rows = rows_;
    step.seed = seed;
    step.step = static_cast<uint64_t>(plan.step);
    step.dropout = plan.dropout;
    team_.run([&](int rank) { executor_.step(team_, rank, step); });
  }

  int64_t rows() const override { return rows_; }
  std::vector<double> value(int id) const override {
    return row_major(executor_.value(id), program_.values[static_cast<size_t>(id)].features);
  }
  std::vector<double> gradient(int id) const override {
    const auto value = static_cast<size_t>(reverse_.gradients[static_cast<size_t>(id)].value);
    return row_major(executor_.gradient(id), program_.values[value].features);
  }
  double gradient_norm(const graph::Parameter& p) const override {
    double sum = 0;
    for (size_t i = p.offset; i < p.offset + p.size(); ++i) {
      const auto g = static_cast<double>(gradients_[i]);
      sum += g * g;
    }
    return std::sqrt(sum);
  }
  double weight() const override { return weight_; }

 private:
  std::vector<double> row_major(const float* panels, int features) const {
    std::vector<double> out(static_cast<size_t>(rows_) * static_cast<size_t>(features));
    for (int64_t n = 0; n < rows_; ++n)
      for (int j = 0; j < features; ++j)
        out[static_cast<size_t>(n * features + j)] = static_cast<double>(panels[panel_at(n, j, features)]);
    return out;
  }

  const graph::ForwardProgram& program_;
  const graph::ReverseProgram& reverse_;
  ThreadTeam team_;
  plan::Executor executor_;
  Aligned<float> parameters_, gradients_;
  int64_t rows_ = 0;
  double weight_ = 0;
};

Observer::Observer(const graph::ForwardProgram& program, const graph::ReverseProgram& reverse, const Rows& rows,
                   const TrainOptions& options)
    : program_(program), reverse_(reverse), rows_(rows), options_(options), plans_(layer_plans(program, reverse)) {}

Observer::~Observer() = default;

bool Observer::due(int64_t step, int begins) const {
  return step >= next_ || (begins > 0 && std::has_single_bit(static_cast<unsigned>(begins)));
}

void Observer::before_step(const Engine& engine) {
  if (view_ == nullptr)
    view_ = std::make_unique<View>(program_, reverse_, std::min(kObservedRows, options_.batch), options_.shards);
  const auto keep = [&](const auto& now) {
    std::transform(now.parameters.begin(), now.parameters.end(), view_->parameters().begin(),
                   [](auto v) { return static_cast<float>(v); });
    if constexpr (std::is_same_v<decltype(now), const NumbersOf<double>&>)
      before_.assign(now.parameters.begin(), now.parameters.end());
  };
  std::visit(keep, engine.numbers());
}

std::vector<LayerStatistics> Observer::observe(const StepPlan& plan, const Engine& engine) {
  const bool between = plan.step < next_;
  if (!between) next_ = plan.step + kEvery * std::max(1, options_.threads);
  const int64_t most = between ? kObservedBetween : kObservedRows;
  const auto rows = plan.rows.first(static_cast<size_t>(std::min<int64_t>(most, std::ssize(plan.rows))));
  view_->run(rows_, rows, options_.seed, plan);
  const std::span<const float> weights = view_->parameters();
  std::vector<LayerStatistics> all = layer_statistics(program_, plans_, *view_, weights);
  const Numbers now = engine.numbers();
  const auto* single = std::get_if<NumbersOf<float>>(&now);
  const std::vector<double> ratios =
      single != nullptr ? update_ratios(program_, plans_, weights, single->parameters)
                        : update_ratios<double>(program_, plans_, before_, std::get<NumbersOf<double>>(now).parameters);
  for (size_t i = 0; i < all.size(); ++i) all[i].update_ratio = ratios[i];
  return all;
}

}  // namespace retrograd::training
