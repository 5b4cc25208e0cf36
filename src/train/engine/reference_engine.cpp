// The float64 engine: the two programs and the update by their plain references, on one thread.
#include <algorithm>
#include <cmath>

#include "base/thread_team.hpp"
#include "optim/regularize_ref.hpp"
#include "parallel/peers.hpp"
#include "plan/reference_executor.hpp"
#include "train/engine/engine.hpp"
#include "train/engine/segments.hpp"
#include "train/engine/slots.hpp"
#include "train/engine/step_rows.hpp"

namespace retrograd::training {
namespace {

constexpr int64_t kEvaluationRows = 256;

template <class T>
class ReferenceEngine : public Engine {
 public:
  explicit ReferenceEngine(EngineSetup setup)
      : setup_(std::move(setup)),
        program_(*setup_.program),
        options_(*setup_.options),
        training_(program_, setup_.reverse, options_.shards),
        inference_(program_, nullptr),
        parameters_(program_.total_size),
        gradients_(program_.trained_size),
        slots_(static_cast<size_t>(setup_.optimizer.optimizer->info.slots), program_.trained_size),
        segments_(segments_of(program_)) {
    for (size_t s = 0; s < slots_.count(); ++s) slot_pointers_.push_back(slots_[s].data());
  }

  StepResult step(const StepPlan& plan) override {
    const FloatState state;
    fill_rows(program_, *setup_.rows, plan.rows, plan.images, training_);
    StepResult result;
    if (setup_.peers != nullptr) {  // every rank computes all of it
      double asked = plan.ask != nullptr ? (*plan.ask)() : 0;
      setup_.peers->sum({&asked, 1});
      result.asked = asked;
    }
    result.weight = setup_.rows->weight(plan.rows, cut_into_shards(std::ssize(plan.rows), options_.shards));
    training_.forward(parameters_.data(), true, options_.seed, static_cast<uint64_t>(plan.step), plan.dropout);
    result.loss = training_.total_loss();
    training_.backward(parameters_.data(), gradients_.data(), T(1));
    update(plan, options_.reduction == Reduction::mean && result.weight > 0 ? 1 / result.weight : 1);
    return result;
  }

  StepResult gradient(std::span<const int64_t> rows, std::span<double> sum) override {
    const FloatState state;
    fill_rows(program_, *setup_.rows, rows, {}, training_);
    StepResult result;
    result.weight = setup_.rows->weight(rows, cut_into_shards(std::ssize(rows), options_.shards));
    training_.forward(parameters_.data(), true, options_.seed, 0, 0);
    result.loss = training_.total_loss();
    training_.backward(parameters_.data(), gradients_.data(), T(1));
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(gradients_[i]);
    return result;
  }

  Evaluation evaluate(const Rows& rows) override {
    const FloatState state;
    const int64_t count = rows.data->rows;
    Evaluation result;
    std::vector<int64_t> index;
    for (int64_t begin = 0; begin < count; begin += kEvaluationRows) {
      index.clear();
      for (int64_t n = begin; n < std::min(count, begin + kEvaluationRows); ++n) index.push_back(n);
      fill_rows(program_, rows, index, {}, inference_);
      inference_.forward(parameters_.data(), false);
      result.loss += inference_.total_loss();
      for (T p : inference_.value(program_.prediction)) result.predictions.push_back(static_cast<float>(p));
    }
    for (int64_t n = 0; n < count; ++n) result.weight += static_cast<double>(rows.weight(n));
    return result;
  }

  std::vector<double> parameters() const override { return {parameters_.begin(), parameters_.end()}; }

  void set_parameters(const std::vector<double>& values) override {
    for (size_t i = 0; i < parameters_.size(); ++i) parameters_[i] = static_cast<T>(values.at(i));
  }

  std::vector<std::vector<double>> slots() const override { return slots_.values(); }

  void set_slots(const std::vector<std::vector<double>>& values) override { slots_.set(values); }

  Numbers numbers() const override { return NumbersOf<T>{parameters_, slots_.views()}; }

  void set_numbers(const Numbers& numbers) override {
    const auto& to = std::get<NumbersOf<T>>(numbers);
    std::copy(to.parameters.begin(), to.parameters.end(), parameters_.begin());
    slots_.set(to.slots);
  }

 private:
  void update(const StepPlan& plan, double scale) {
    namespace reference = optim::reference;
    T* theta = parameters_.data();
    T* g = gradients_.data();
    for (const Segment& s : segments_) {
      if (s.decays && options_.l1 > 0) reference::add_l1(g, theta, options_.l1 / scale, s.begin, s.end);
      if (s.decays && options_.l2 > 0) reference::add_l2(g, theta, options_.l2 / scale, s.begin, s.end);
    }
    const auto size = static_cast<int64_t>(program_.trained_size);
    if (options_.clip_value > 0) reference::clip_by_value(g, options_.clip_value / scale, 0, size);
    if (options_.clip_norm > 0) {
      const double norm = reference::norm(g, size) * scale;
      scale *= std::isfinite(norm) ? optim::clip_factor(norm, options_.clip_norm) : norm;
    }
    optim::StepArgs args;
    args.gradient_scale = scale;
    args.step = plan.step;
    args.attributes = setup_.optimizer.attributes;
    for (const Segment& s : segments_) {
      args.eta = plan.eta * s.rate;
      args.weight_decay = options_.weight_decay * plan.decay * s.decay;
      const optim::Optimizer& optimizer = *setup_.optimizer.optimizer;
      if constexpr (std::is_same_v<T, float>)
        optimizer.step_ref_f32(theta, g, slot_pointers_.data(), args, s.begin, s.end);
      else
        optimizer.step_ref_f64(theta, g, slot_pointers_.data(), args, s.begin, s.end);
    }
    if (options_.max_norm > 0)
      for (const graph::Parameter& p : program_.parameters)
        if (p.trained && p.decays) reference::max_norm(theta + p.offset, p.rows, p.cols, options_.max_norm, 0, p.cols);
  }

  EngineSetup setup_;
  const graph::ForwardProgram& program_;
  const TrainOptions& options_;
  plan::ReferenceExecutor<T> training_, inference_;
  std::vector<T> parameters_, gradients_;
  Slots<T> slots_;
  std::vector<T*> slot_pointers_;
  std::vector<Segment> segments_;
};

}  // namespace

std::unique_ptr<Engine> make_reference_engine(EngineSetup setup) {
  if (setup.options->precision == Precision::float64)
    return std::make_unique<ReferenceEngine<double>>(std::move(setup));
  return std::make_unique<ReferenceEngine<float>>(std::move(setup));
}

}  // namespace retrograd::training
