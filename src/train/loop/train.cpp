// The training loop: epochs of shuffled batches, the schedule, validation, early stopping, the best epoch, checkpoints.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/fail.hpp"
#include "optim/schedule.hpp"
#include "retrograd/train.hpp"
#include "train/checkpoint/checkpointer.hpp"
#include "train/checkpoint/identity.hpp"
#include "train/engine/augment.hpp"
#include "train/engine/choose_threads.hpp"
#include "train/engine/engine.hpp"
#include "train/engine/observer.hpp"
#include "train/loop/complete.hpp"
#include "train/loop/fits.hpp"
#include "train/loop/replay.hpp"
#include "train/loop/restoring.hpp"
#include "train/loop/row_weights.hpp"
#include "train/loop/together.hpp"
#include "train/loop/watch.hpp"
#include "train/loop/window.hpp"
#include "train/model/memory_needed.hpp"
#include "train/prepare/fit_initial.hpp"
#include "train/prepare/initial.hpp"

namespace retrograd {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

class Run {
 public:
  Run(const Prepared& prepared, const DataSpec& spec, const Dataset& data, const Dataset* valid,
      const TrainOptions& options, const Callbacks& callbacks)
      : spec_(spec),
        callbacks_(callbacks),
        together_(options.peers),
        decisions_(prepared.decisions),
        before_(prepared.state),
        program_(graph::compile(prepared.network)),
        reverse_(graph::reverse(program_)),
        options_(training::complete(options, spec, data.rows, valid != nullptr, program_, decisions_)),
        choice_(optim::parse_optimizer(options_.optimizer)),
        schedule_(optim::parse_schedule(options_.schedule)),
        decay_schedule_(optim::parse_schedule(options_.decay_schedule)),
        dropout_schedule_(optim::parse_schedule(options_.dropout_schedule)),
        augment_schedule_(optim::parse_schedule(options_.augment_schedule)),
        stopping_(training::larger_is_better(options_.metric), valid != nullptr ? options_.patience : 0) {
    training::check_fits(program_, data, "training");
    decisions_.push_back(training::require_memory_of_training(program_, reverse_, choice_, options_, data.rows,
                                                              valid != nullptr ? valid->rows : 0));
    rows_ = {&data, training::row_weights(data, spec, options_)};
    augmenter_ = training::augmenter_of(options_, spec);
    if (augmenter_) rows_.augmenter = &*augmenter_;
    visits_.emplace(rows_, options_.batch, options_.seed, training::own_rows(options_));
    if (valid != nullptr) {
      training::check_fits(program_, *valid, "validation");
      valid_.emplace(training::Rows{valid, training::row_weights(*valid, spec, {})});
      training::check_watched(options_.metric, *valid_);
    }
    std::vector<double> initial = training::initial_parameters(program_, prepared, options_);
    training::fit_initial(program_, prepared, data, options_.seed, initial);
    if (options.threads == 0) options_.threads = training::choose_threads(setup(), initial, decisions_);
    engine_ = training::make_engine(setup());
    engine_->set_parameters(initial);
    if (!before_.slots.empty()) engine_->set_slots(training::initial_slots(program_, choice_, before_));
    observer_.emplace(program_, reverse_, visits_->rows(), options_);
    const training::CheckpointLayout layout{&program_, optim::slot_names(choice_), options_.precision, &options_,
                                            valid != nullptr};
    checkpointer_.emplace(
        options_.checkpoint, layout, [this](const std::string& line) { log(line); }, together_.first());
    for (const std::string& line : decisions_) log(line);
  }

  Trained run() {
    started_ = Clock::now();
    clock_ = {0, visits_->batches(), visits_->batches() * options_.epochs};
    begin();
    if (callbacks_.begun) callbacks_.begun();
    std::string stopped = end_reached();
    finished_ = !stopped.empty();
    while (stopped.empty()) {
      try {
        stopped = one_epoch();
      } catch (const training::Diverged& d) {
        restore(d.message, explain_divergence());
      }
    }
    return so_far(stopped);
  }

 private:
  Trained so_far(const std::string& stopped) const {
    TrainState state;
    if (options_.keep_state) state = {before_.step + clock_.step, before_.epoch + at_.epoch - 1, engine_->slots()};
    return {model(),    history_, best_epoch(),     stopped,        finished_,
            decisions_, options_, std::move(state), total_seconds()};
  }

  training::EngineSetup setup() const {
    return {&program_, &reverse_, &visits_->rows(), &options_, choice_, options_.batch, options_.peers};
  }

  /// From the start, or from where a checkpoint says that the run was.
  void begin() {
    if (options_.on_divergence == OnDivergence::restore) start_ = snapshot();
    if (!checkpointer_->on()) {
      remember_good();
      return;
    }
    identity_ = together_.json_of_first([&] {
      return training::identity_of(program_.network, options_, spec_, *rows_.data, valid_ ? valid_->data : nullptr);
    });
    if (!checkpointer_->resumes()) {
      checkpointer_->begin_anew();
      remember_good();
      return checkpoint();
    }
    training::Checkpoint from = checkpointer_->load(identity_, engine_->parameters());
    if (from.now.position.row > rows_.data->rows || from.now.position.epoch - 1 > options_.epochs)
      fail("{}: its position, epoch {} and row {}, is outside of the run", options_.checkpoint.folder,
           from.now.position.epoch, from.now.position.row);
    go_to(from.now);
    stopping_.restore(at_.best_metric, at_.best_epoch);
    // Not for want of epochs or patience: the optimiser could not go on.
    if (from.finished && std::ssize(from.history) < from.identity["options"]["epochs"] && end_reached().empty())
      ended_ = from.stopped;
    best_ = std::move(from.best);
    history_ = std::move(from.history);
    layers_ = std::move(from.layers);
    remember_good();
    if (good_ && from.good) good_ = std::move(from.good);
    together_.wait();  // the first one's next checkpoint removes old ones
    log(fmt::format("going on from step {} (epoch {})", at_.step, at_.epoch));
    if (callbacks_.resumed) callbacks_.resumed(history_);
  }

  void go_to(const training::Snapshot& snapshot) {
    at_ = snapshot.position;
    clock_.step = at_.step;
    engine_->set_parameters(snapshot.parameters);
    engine_->set_slots(snapshot.slots);
    epoch_started_ = Clock::now();
  }

  training::Snapshot snapshot() const {
    training::Snapshot s{at_, engine_->parameters(), engine_->slots()};
    s.position.step = clock_.step;
    s.position.seconds = total_seconds();
    s.position.epoch_seconds = epoch_seconds();
    s.position.best_metric = stopping_.best();
    s.position.best_epoch = stopping_.best_epoch();
    return s;
  }

  /// Where a divergence would go back to.
  void remember_good() {
    at_.tries = 0;
    if (options_.on_divergence == OnDivergence::restore) good_ = snapshot();
  }

  void checkpoint(const std::string& stopped = {}) {
    if (!together_.first()) return;
    training::Checkpoint c;
    c.now = snapshot();
    if (clock_.step > 0 && together_.alone()) check_finite(c.now.parameters);
    if (!together_.alone() && !training::not_finite(program_, c.now.parameters).empty())
      return;  // all see the next loss
    c.good = good_;
    c.best = best_;
    c.history = history_;
    c.layers = layers_;
    c.finished = finished_;
    c.stopped = stopped;
    if (finished_) c.fingerprint = model().fingerprint();
    c.identity = identity_;
    checkpointer_->save(std::move(c));
  }

  /// Why there is nothing left to train, or nothing.
  std::string end_reached() const {
    const int done = at_.epoch - 1;
    if (!ended_.empty()) return ended_;
    if (done > 0 && at_.row == 0 && stopping_.over(done))
      return fmt::format("{} epochs without a better validation {}", options_.patience, options_.metric);
    if (done < options_.epochs) return {};
    return options_.epochs == 1 ? std::string("its one epoch is done")
                                : fmt::format("all {} epochs are done", options_.epochs);
  }

  /// Trains to the end of the epoch at hand, or until a stop is asked for. Returns why training ended, or nothing.
  std::string one_epoch() {
    epoch_started_ = Clock::now();
    const int64_t rows = rows_.data->rows;
    visits_->begin(before_.epoch + at_.epoch);
    while (at_.row < rows && stop_.empty()) {
      one_step();
      if (!ended_.empty()) stop_.clear();  // the run is over, whoever asks for a stop
      if (ended_.empty() && checkpointer_->on() && (!stop_.empty() || checkpointer_->due_after_step(clock_.step)))
        checkpoint();
    }
    const EpochReport report = finish_epoch();
    history_.push_back(report);
    const Control control = together_.same(callbacks_.epoch ? callbacks_.epoch(report) : Control{});
    if (report.best && callbacks_.improved) callbacks_.improved([this] { return so_far("not yet ended"); });
    if (control.learning_rate_factor) change_rate(*control.learning_rate_factor, report.epoch);
    if (!stop_.empty()) return stop_;
    at_.epoch += 1;
    at_.row = 0;
    at_.loss = at_.weight = at_.epoch_seconds = 0;
    layers_.clear();
    epoch_started_ = Clock::now();
    std::string stopped = control.stop ? "stopped by request" : end_reached();
    finished_ = !control.stop && !stopped.empty();
    remember_good();
    if (checkpointer_->on() && (!stopped.empty() || checkpointer_->due_after_epoch(report.epoch))) checkpoint(stopped);
    return stopped;
  }

  std::string explain_divergence() {
    int epoch = 0;
    visits_->want_all();
    return replay_.explain(setup(), *engine_, [&](const training::StepRecord& step) {
      if (step.images.epoch != epoch) visits_->begin(epoch = step.images.epoch);
      return visits_->at(step.row);
    });
  }

  void one_step() {
    step_started_ = Clock::now();
    if (const int64_t done = before_.step + clock_.step; replay_.wants_state(done)) replay_.keep(done, *engine_);
    training::StepPlan plan;
    plan.rows = visits_->at(at_.row);
    plan.eta = options_.learning_rate * at_.factor * optim::schedule_factor(schedule_, clock_, at_.plateau);
    plan.decay = optim::schedule_factor(decay_schedule_, clock_);
    plan.dropout = optim::schedule_factor(dropout_schedule_, clock_);
    plan.images = {before_.epoch + at_.epoch, optim::schedule_factor(augment_schedule_, clock_)};
    plan.step = before_.step + ++clock_.step;
    if (!together_.alone() && together_.first()) plan.ask = request_.ask();
    at_.learning_rate = plan.eta;
    replay_.record({plan.images, at_.row, plan.eta, plan.step, plan.decay, plan.dropout});
    const int begins = at_.row == 0 ? at_.epoch : 0;
    const bool observed = together_.first() && layers_.empty() && observer_->due(plan.step, begins);  // one an epoch
    if (observed) observer_->before_step(*engine_);
    const training::StepResult result = engine_->step(plan);
    if (!std::isfinite(result.loss)) diverged(fmt::format("the loss is {}", result.loss));
    if (result.eta > 0) at_.learning_rate = result.eta;
    ended_ = result.ended;
    if (observed) layers_ = observer_->observe(plan, *engine_);
    at_.row += std::ssize(plan.rows);
    at_.loss += result.loss;
    at_.weight += result.weight;
    stop_ = request_.after_step(together_.alone(), result.asked);
  }

  /// Why to stop after the step at hand, as a place in kStops.
  int stop_asked() {
    step_seconds_ = seconds_since(step_started_);
    return callbacks_.step && callbacks_.step(clock_.step, clock_.total_steps) ? 1 : out_of_time() ? 2 : 0;
  }

  /// Validation, and what the epoch was like.
  EpochReport finish_epoch() {
    EpochReport report;
    report.epoch = at_.epoch;
    report.epochs = options_.epochs;
    report.metric = options_.metric;
    report.learning_rate = at_.learning_rate;
    report.steps = clock_.step;
    report.train_loss = at_.weight > 0 ? at_.loss / at_.weight : 0;
    report.layers = layers_;
    double metric = report.train_loss;
    // The last update of an epoch shows in no loss of it.
    std::vector<double> now = engine_->parameters();
    check_finite(now);
    if (valid_) {
      const auto start = Clock::now();
      const training::Evaluation evaluation = engine_->evaluate(*valid_);
      report.valid_loss = evaluation.weight > 0 ? evaluation.loss / evaluation.weight : 0;
      metric = training::watched(options_.metric, spec_, *valid_, evaluation);
      report.valid_metric = metric;
      report.best = stopping_.report(at_.epoch, metric);
      valid_seconds_ = seconds_since(start);
    }
    if (report.best) best_ = std::move(now);
    optim::report_metric(schedule_, at_.plateau,
                         training::larger_is_better(options_.metric) && valid_ ? -metric : metric);
    report.seconds = epoch_seconds();
    report.rows_per_second = static_cast<double>(at_.row) / report.seconds;
    return report;
  }

  /// Whether a further step, a validation and a checkpoint may not end within the limit.
  bool out_of_time() const {
    if (options_.time_limit == 0 || !together_.first()) return false;
    // Until a validation was timed: as long as training on as many rows.
    const double valid = valid_seconds_ > 0 || !valid_ ? valid_seconds_
                                                       : step_seconds_ * static_cast<double>(valid_->data->rows) /
                                                             static_cast<double>(options_.batch);
    const double needed = 2 * step_seconds_ + valid + checkpointer_->write_seconds();
    return seconds_since(started_) + needed >= options_.time_limit;
  }

  void check_finite(const std::vector<double>& now) const {
    if (const std::string bad = training::not_finite(program_, now); !bad.empty()) diverged(bad);
  }

  [[noreturn]] void diverged(const std::string& how) const {
    throw training::Diverged{fmt::format("training diverged: in step {} (epoch {}) {} at learning rate {:.3g}",
                                         clock_.step, at_.epoch, how, at_.learning_rate)};
  }

  /// After divergence: the start of the epoch again, with a smaller rate; if that does not help, the start of the run.
  void restore(const std::string& what, const std::string& why) {
    training::count_restore(good_, start_, what, why, options_.learning_rate);
    if (good_->position.step == 0) {
      history_.clear();
      best_.clear();
      stopping_.restore(0, 0);
    }
    const double seconds_before = at_.seconds;  // the clock of this part runs on
    go_to(*good_);
    replay_.forget();
    at_.seconds = seconds_before;
    layers_.clear();
    std::string line = fmt::format("{}; back to step {} with {:.3g} of the learning rate", what, at_.step, at_.factor);
    log(line);
    decisions_.push_back(std::move(line));
  }

  void log(const std::string& line) const {
    if (callbacks_.log) callbacks_.log(line);
  }
  double epoch_seconds() const { return at_.epoch_seconds + seconds_since(epoch_started_); }
  /// Of all parts of a run that was stopped in between.
  double total_seconds() const { return at_.seconds + seconds_since(started_); }

  void change_rate(double factor, int epoch) {
    if (!(factor > 0) || std::isinf(factor))
      fail("after epoch {} the learning rate is to be multiplied by {}, expected a positive number", epoch, factor);
    at_.factor *= factor;
  }

  /// On validation data; the last one if there are none, or nothing comparable.
  int best_epoch() const {
    return stopping_.best_epoch() > 0 ? stopping_.best_epoch() : static_cast<int>(history_.size());
  }

  Model model() const {
    const std::vector<double> chosen = stopping_.best_epoch() > 0 ? best_ : engine_->parameters();
    return Model(program_.network, options_.precision, training::by_name(program_, chosen), spec_);
  }

  const DataSpec& spec_;
  const Callbacks& callbacks_;
  const training::Together together_;
  std::vector<std::string> decisions_;
  const TrainState& before_;  // of the run that this one goes on from
  const graph::ForwardProgram program_;
  const graph::ReverseProgram reverse_;
  TrainOptions options_;  // complete; does not change after construction
  const optim::OptimizerChoice choice_;
  const optim::Schedule schedule_, decay_schedule_, dropout_schedule_, augment_schedule_;
  training::EarlyStopping stopping_;
  training::Rows rows_;
  std::optional<training::Augmenter> augmenter_;
  std::optional<training::Visits> visits_;
  std::optional<training::Rows> valid_;
  std::unique_ptr<training::Engine> engine_;
  std::optional<training::Observer> observer_;
  training::Replay replay_;
  std::optional<training::Checkpointer> checkpointer_;
  nlohmann::json identity_;
  optim::Clock clock_;
  training::Position at_;  // its seconds and its step are those of when it was set; see snapshot()
  std::optional<training::Snapshot> start_, good_;  // where a divergence goes back to; only if that was asked for
  std::vector<double> best_;
  std::vector<EpochReport> history_;
  std::vector<LayerStatistics> layers_;
  std::string stop_;   // why a stop within the epoch was asked for
  std::string ended_;  // why the optimiser cannot go on
  training::StopRequest request_{[this] { return stop_asked(); }};
  bool finished_ = false;
  Clock::time_point started_ = Clock::now(), epoch_started_ = Clock::now(), step_started_ = started_;
  double step_seconds_ = 0, valid_seconds_ = 0;
};

}  // namespace

Trained train(const Prepared& prepared, const DataSpec& spec, const Dataset& data, const Dataset* valid,
              const TrainOptions& options, const Callbacks& callbacks) {
  return Run(prepared, spec, data, valid, options, callbacks).run();
}

}  // namespace retrograd
