// The training loop: epochs of shuffled batches, the schedule, validation, early stopping, the best epoch.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/fail.hpp"
#include "base/random.hpp"
#include "optim/schedule.hpp"
#include "retrograd/train.hpp"
#include "train/complete.hpp"
#include "train/engine.hpp"
#include "train/fits.hpp"
#include "train/observer.hpp"
#include "train/row_weights.hpp"
#include "train/watch.hpp"

namespace retrograd {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// The rows of an epoch in the order of their visit (Fisher-Yates from the natural order, keyed by seed and epoch).
void shuffle(std::vector<int64_t>& order, uint64_t seed, int epoch) {
  std::iota(order.begin(), order.end(), int64_t{0});
  Stream stream(seed, Purpose::shuffle, static_cast<uint64_t>(epoch));
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[stream.below(i)]);
}

class Run {
 public:
  Run(const Prepared& prepared, const DataSpec& spec, const Dataset& data, const Dataset* valid,
      const TrainOptions& options, const Callbacks& callbacks)
      : spec_(spec),
        callbacks_(callbacks),
        decisions_(prepared.decisions),
        program_(graph::compile(prepared.network)),
        reverse_(graph::reverse(program_)),
        options_(training::complete(options, spec, data.rows, valid != nullptr, program_, decisions_)),
        schedule_(optim::parse_schedule(options_.schedule)),
        stopping_(training::larger_is_better(options_.metric), valid != nullptr ? options_.patience : 0) {
    training::check_fits(program_, data, "training");
    rows_ = {&data, training::row_weights(data, spec, options_)};
    if (valid != nullptr) {
      training::check_fits(program_, *valid, "validation");
      valid_.emplace(training::Rows{valid, training::row_weights(*valid, spec, {})});
    }
    training::EngineSetup setup{&program_,     &reverse_, &rows_, &options_, optim::parse_optimizer(options_.optimizer),
                                options_.batch};
    engine_ = options_.precision == Precision::float32 ? training::make_fast_engine(std::move(setup))
                                                       : training::make_reference_engine(std::move(setup));
    engine_->set_parameters(initial_parameters(prepared));
    observer_.emplace(program_, reverse_, rows_, options_);
    if (callbacks_.log)
      for (const std::string& line : decisions_) callbacks_.log(line);
  }

  Trained run() {
    const auto start = Clock::now();
    const int64_t rows = rows_.data->rows;
    const int64_t per_epoch = (rows + options_.batch - 1) / options_.batch;
    clock_ = {0, per_epoch, per_epoch * options_.epochs};
    order_.resize(static_cast<size_t>(rows));
    std::iota(order_.begin(), order_.end(), int64_t{0});
    std::string stopped = options_.epochs == 1 ? std::string("its one epoch is done")
                                               : fmt::format("all {} epochs are done", options_.epochs);
    for (int epoch = 1; epoch <= options_.epochs; ++epoch) {
      const EpochReport report = one_epoch(epoch);
      history_.push_back(report);
      const Control control = callbacks_.epoch ? callbacks_.epoch(report) : Control{};
      if (control.learning_rate_factor) change_rate(*control.learning_rate_factor, epoch);
      if (control.stop || stop_asked_) {
        stopped = "stopped by request";
        break;
      }
      if (stopping_.over(epoch)) {
        stopped = fmt::format("{} epochs without a better validation {}", options_.patience, options_.metric);
        break;
      }
    }
    int best_epoch = stopping_.best_epoch();
    if (best_epoch == 0) {  // nothing to compare, or nothing comparable
      best_ = engine_->parameters();
      best_epoch = static_cast<int>(history_.size());
    }
    return {model(), std::move(history_), best_epoch, stopped, std::move(decisions_), options_, seconds_since(start)};
  }

 private:
  std::vector<double> initial_parameters(const Prepared& prepared) const {
    std::vector<double> values(program_.total_size);
    if (options_.precision == Precision::float32) {
      std::vector<float> narrow(program_.total_size);
      graph::initialize(program_, options_.seed, narrow.data());
      values.assign(narrow.begin(), narrow.end());
    } else {
      graph::initialize(program_, options_.seed, values.data());
    }
    for (const auto& [name, constant] : prepared.constants) {
      const graph::Parameter* p = program_.parameter(name);
      if (p == nullptr) fail("there is no parameter '{}' in the network to hold a given constant", name);
      if (p->size() != constant.size())
        fail("parameter '{}' has {} numbers, the given constant {}", name, p->size(), constant.size());
      std::copy(constant.begin(), constant.end(), values.begin() + static_cast<std::ptrdiff_t>(p->offset));
    }
    return values;
  }

  EpochReport one_epoch(int epoch) {
    const auto start = Clock::now();
    const int64_t rows = rows_.data->rows;
    EpochReport report;
    report.epoch = epoch;
    report.epochs = options_.epochs;
    report.metric = options_.metric;
    if (options_.batch < rows) shuffle(order_, options_.seed, epoch);
    double loss = 0, weight = 0;
    int64_t visited = 0;
    training::StepPlan plan;
    for (int64_t begin = 0; begin < rows && !stop_asked_; begin += options_.batch) {
      const auto size = static_cast<size_t>(std::min(options_.batch, rows - begin));
      plan.rows = std::span<const int64_t>(order_).subspan(static_cast<size_t>(begin), size);
      plan.eta = options_.learning_rate * factor_ * optim::schedule_factor(schedule_, clock_, plateau_);
      plan.step = ++clock_.step;
      const bool observed = observer_->due(plan.step);
      const std::vector<double> before = observed ? engine_->parameters() : std::vector<double>();
      const training::StepResult result = engine_->step(plan);
      if (!std::isfinite(result.loss)) diverged(epoch, plan, fmt::format("the loss is {}", result.loss));
      if (observed) {
        std::vector<LayerStatistics> layers = observer_->observe(plan, before, engine_->parameters());
        if (report.layers.empty()) report.layers = std::move(layers);
      }
      visited += static_cast<int64_t>(size);
      loss += result.loss;
      weight += result.weight;
      report.learning_rate = plan.eta;
      if (callbacks_.step && callbacks_.step(clock_.step, clock_.total_steps)) stop_asked_ = true;
    }
    report.steps = clock_.step;
    report.train_loss = weight > 0 ? loss / weight : 0;
    double metric = report.train_loss;
    // The last update of an epoch shows in no loss of it.
    std::vector<double> now = engine_->parameters();
    for (const graph::Parameter& p : program_.parameters)
      for (size_t i = p.offset; i < p.offset + p.size(); ++i)
        if (!std::isfinite(now[i])) diverged(epoch, plan, fmt::format("parameter '{}' becomes {}", p.name, now[i]));
    if (valid_) {
      const training::Evaluation evaluation = engine_->evaluate(*valid_);
      report.valid_loss = evaluation.weight > 0 ? evaluation.loss / evaluation.weight : 0;
      metric = training::watched(options_.metric, spec_, *valid_, evaluation);
      report.valid_metric = metric;
      report.best = stopping_.report(epoch, metric);
    }
    if (report.best) best_ = std::move(now);
    optim::report_metric(schedule_, plateau_, training::larger_is_better(options_.metric) && valid_ ? -metric : metric);
    report.seconds = seconds_since(start);
    report.rows_per_second = static_cast<double>(visited) / report.seconds;
    return report;
  }

  [[noreturn]] void diverged(int epoch, const training::StepPlan& plan, const std::string& how) const {
    fail(
        "training diverged: in step {} (epoch {}) {} at learning rate {:.3g}; lower the rate (e.g. --lr {:.3g}), or "
        "clip the gradient (--clip-norm 1)",
        plan.step, epoch, how, plan.eta, options_.learning_rate / 10);
  }

  void change_rate(double factor, int epoch) {
    if (!(factor > 0) || std::isinf(factor))
      fail("after epoch {} the learning rate is to be multiplied by {}, expected a positive number", epoch, factor);
    factor_ *= factor;
  }

  Model model() const {
    std::map<std::string, std::vector<double>> values;
    for (const graph::Parameter& p : program_.parameters)
      values[p.name].assign(best_.begin() + static_cast<std::ptrdiff_t>(p.offset),
                            best_.begin() + static_cast<std::ptrdiff_t>(p.offset + p.size()));
    return Model(program_.network, options_.precision, values, spec_);
  }

  const DataSpec& spec_;
  const Callbacks& callbacks_;
  std::vector<std::string> decisions_;
  const graph::ForwardProgram program_;
  const graph::ReverseProgram reverse_;
  const TrainOptions options_;
  const optim::Schedule schedule_;
  training::EarlyStopping stopping_;
  training::Rows rows_;
  std::optional<training::Rows> valid_;
  std::unique_ptr<training::Engine> engine_;
  std::optional<training::Observer> observer_;
  optim::Clock clock_;
  optim::PlateauState plateau_;
  double factor_ = 1;
  bool stop_asked_ = false;
  std::vector<int64_t> order_;
  std::vector<double> best_;
  std::vector<EpochReport> history_;
};

}  // namespace

Trained train(const Prepared& prepared, const DataSpec& spec, const Dataset& data, const Dataset* valid,
              const TrainOptions& options, const Callbacks& callbacks) {
  return Run(prepared, spec, data, valid, options, callbacks).run();
}

}  // namespace retrograd
