#include "retrograd/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "base/fail.hpp"
#include "graph/program.hpp"
#include "train/choose/search_space.hpp"
#include "train/choose/trial_board.hpp"
#include "train/loop/complete.hpp"
#include "train/loop/watch.hpp"

namespace retrograd {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kRungs[] = {1.0 / 15, 3.0 / 15, 7.0 / 15};  // of the epochs: where coslog4 ends a wave
constexpr double kShareOfFirst = 0.6;                        // of the time, for the first trial where all is too much
constexpr double kShareBetween = 0.05, kMostBetween = 60;    // of the time, and seconds, from telling to telling
constexpr int kPassedOver = 30;                              // candidates in a row; then the search ends
constexpr int kMostTrials = 10'000;
constexpr double kLook = 0.2;  // seconds between looks for a stop of the first rank

std::unique_ptr<training::TrialBoard> board_of(const SearchOptions& options, Peers* peers) {
  if (peers == nullptr) return std::make_unique<training::BoardInMemory>();
  return std::make_unique<training::BoardInFolder>(options.folder, *peers);
}

class Search {
 public:
  Search(const MakeCandidate& make, const DataSpec& spec, const Dataset& data, const Dataset& valid,
         const NetworkOptions& network, const TrainOptions& training, const SearchOptions& options,
         const SearchCallbacks& callbacks)
      : make_(make),
        spec_(spec),
        data_(data),
        valid_(valid),
        network_(network),
        training_(training),
        options_(options),
        callbacks_(callbacks),
        board_(board_of(options, training.peers)) {
    training_.checkpoint = {};
    training_.peers = nullptr;
  }

  /// The first rank, or the only one.
  Searched run() {
    first();
    begin();
    tell();
    candidates();
    board_->meet();
    tell();
    board_->meet();  // then the folder goes
    Searched result{std::move(best_->trained), std::move(best_->prepared), std::move(trials_), best_->index};
    result.trained.finished = !stopped_;
    if (!stopped_) result.trained.stopped = fmt::format("the best of {} trials", result.trials.size());
    return result;
  }

  /// Another rank.
  void join() {
    begin();
    candidates();
    for (int k = 0; k < 2; ++k) board_->meet();
  }

 private:
  using Point = training::SearchSpace::Point;
  struct Best {
    Trained trained;
    Prepared prepared;
    size_t index = 0;
    double value = 0;  ///< sign turned so that smaller is better
  };
  /// A trial that has a number: what it is, and what was known when it was determined.
  struct Task {
    int number = 0;
    Point point;
  };
  /// What the trials up to one, without those after it, say of what to try and when to give up.
  struct Known {
    int tasks = 0;
    double value = INFINITY;
    Point best;
    std::vector<double> rungs[std::size(kRungs)];
  };

  static double seconds_since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  }
  double left() const { return options_.seconds - seconds_since(started_); }

  void log(const std::string& line) const {
    if (callbacks_.log) callbacks_.log(line);
  }

  /// Trains the given settings, which no other rank does.
  void first() {
    const Prepared& prepared = made_[0] = make_(network_);
    training::Outcome outcome;
    std::optional<Trained> trained = attempt(given(), prepared, outcome);
    if (too_long_ > 0) {  // the same with as many epochs as there is time for
      log(fmt::format("the time is too short for {} epochs of the given settings: {} are tried", training_.epochs,
                      too_long_));
      training_.epochs = too_long_;
      trained = attempt(given(), prepared, outcome);
    }
    board_->take(0);
    board_->put(0, std::move(outcome), std::move(trained));
  }

  Trial given() const { return {.number = 0, .changes = {}, .network = network_, .training = training_, .metric = {}}; }

  /// What the first trial settles for all.
  void begin() {
    const training::Outcome& first = board_->wait_for(0);
    if (first.of_epochs != asked_epochs_) changes_ = {{"epochs", fmt::format("{}", first.of_epochs)}};
    training_.epochs = first.of_epochs;
    metric_ = first.metric;
    const Prepared prepared = board_->first() ? made_.at(0) : make_(network_);
    const graph::ForwardProgram program = graph::compile(prepared.network);
    flops_ = program.flops_step();
    std::vector<std::string> unsaid;
    TrainOptions decided = training::complete(training_, spec_, data_.rows, true, program, unsaid);
    decided.threads = training_.threads;
    space_.emplace(spec_, data_.rows, training::as_built(network_, prepared), decided, options_.fixed);
    tasks_ = {{0, space_->given()}};
    seen_ = {{}};
    known_.best = space_->given();
  }

  Trial trial_of(const Task& task) const {
    if (task.number == 0) {
      Trial first = given();
      first.changes = changes_;
      return first;
    }
    Trial trial = space_->trial(task.number, task.point);
    if (trial.training.epochs == training_.epochs)
      trial.changes.insert(trial.changes.begin(), changes_.begin(), changes_.end());
    return trial;
  }

  void candidates() {
    int passed_over = 0;
    for (int number = 1; number < kMostTrials && passed_over < kPassedOver && !stopped(); ++number) {
      const auto task = static_cast<int>(tasks_.size());
      if (options_.trials > 0 && task >= options_.trials) return;
      learn(task - options_.concurrent);
      const Point point = space_->candidate(number, known_.best);
      if (point.empty() || left() <= 0) return;
      ++passed_over;
      if (!seen_.insert(space_->trial(number, point).changes).second) continue;
      tasks_.push_back({number, point});
      if (!board_->take(task) || one(task)) passed_over = 0;
      tell();
    }
  }

  /// False if there is no time for it.
  bool one(int task) {
    const Trial trial = trial_of(tasks_[static_cast<size_t>(task)]);
    training::Outcome outcome;
    outcome.of_epochs = trial.training.epochs;
    std::optional<Trained> trained;
    try {
      const Prepared& prepared = made_[task] = make_(trial.network);
      const double predicted = board_->find(0)->seconds * graph::compile(prepared.network).flops_step() / flops_ *
                               trial.training.epochs / training_.epochs;
      outcome.passed_over = predicted > left();
      if (!outcome.passed_over) trained = attempt(trial, prepared, outcome);
    } catch (const Error& e) {
      outcome.ended = e.what();
    }
    if (trained && !may_be_best(task, outcome)) trained.reset();
    if (!trained || !board_->first()) made_.erase(task);  // nobody will ask for it
    const bool done = !outcome.passed_over;
    board_->put(task, std::move(outcome), std::move(trained));
    return done;
  }

  bool may_be_best(int task, const training::Outcome& outcome) {
    if (!outcome.value) return false;
    for (int before = 0; before < task; ++before)
      if (const training::Outcome* other = board_->find(before);
          other != nullptr && other->value && turned(*other->value) <= turned(*outcome.value))
        return false;
    return true;
  }

  /// Takes in the trials up to `last`.
  void learn(int last) {
    for (last = std::max(last, 0); known_.tasks <= last; ++known_.tasks) {
      const training::Outcome& o = board_->wait_for(known_.tasks);
      if (!o.value && known_.tasks > 0) continue;
      for (size_t r = 0; r < o.rungs.size(); ++r)
        if (!std::isnan(o.rungs[r])) known_.rungs[r].push_back(o.rungs[r]);
      if (!o.value || !(turned(*o.value) < known_.value)) continue;
      known_.value = turned(*o.value);
      known_.best = tasks_[static_cast<size_t>(known_.tasks)].point;
    }
  }

  double turned(double value) const { return training::larger_is_better(metric_) ? -value : value; }

  /// The epoch after which a trial is compared with the others; 0: none of the rungs.
  static size_t rung_after(int epoch, int epochs) {
    for (size_t r = 0; r < std::size(kRungs); ++r)
      if (epoch == static_cast<int>(std::ceil(kRungs[r] * epochs))) return r + 1;
    return 0;
  }

  /// As many epochs as there is time for, if not for all; else 0. The first epochs are slower than those to come.
  int enough_epochs(const EpochReport& r) const {
    const double needed = r.seconds * (r.epochs - r.epoch), time = left();
    if (!(r.epoch == 1 && needed > 4 * time) && !(r.epoch == 3 && needed > time)) return 0;
    const int enough = std::max(1, static_cast<int>(kShareOfFirst * time / r.seconds));
    return enough < r.epochs ? enough : 0;
  }

  /// Whether the search ends at once.
  bool stopped() {
    if (stopped_ || board_->first()) return stopped_;
    if (seconds_since(looked_) < kLook) return false;
    looked_ = Clock::now();
    return stopped_ = board_->stopped();
  }

  /// Trains one candidate. If the first one would take too long, too_long_ says how many epochs would do.
  std::optional<Trained> attempt(const Trial& trial, const Prepared& prepared, training::Outcome& outcome) {
    const bool first = trial.number == 0;
    Callbacks callbacks = callbacks_.of ? callbacks_.of(trial) : Callbacks{};
    const bool may_be_cut = first && too_long_ == 0;
    too_long_ = 0;
    outcome = {};
    outcome.of_epochs = trial.training.epochs;
    bool given_up = false;
    double best = 0;
    bool any = false;
    const auto asked_epoch = callbacks.epoch;
    callbacks.epoch = [&](const EpochReport& r) {
      Control control = asked_epoch ? asked_epoch(r) : Control{};
      metric_ = r.metric;
      if (const double v = r.valid_metric ? turned(*r.valid_metric) : NAN; !std::isnan(v) && (!any || v < best)) {
        best = v;
        any = true;
      }
      if (may_be_cut && too_long_ == 0) {
        too_long_ = enough_epochs(r);
        control.stop |= too_long_ > 0;
      }
      if (const size_t rung = rung_after(r.epoch, r.epochs); rung > 0 && any && !control.stop) {
        const std::vector<double>& others = known_.rungs[rung - 1];
        const auto better = std::count_if(others.begin(), others.end(), [&](double o) { return o < best; });
        outcome.rungs.resize(rung - 1, NAN);  // of few epochs two come together
        outcome.rungs.push_back(best);
        given_up = !first && better >= (std::ssize(others) + 2) / 2;
        control.stop |= given_up;
      }
      return control;
    };
    const auto asked_improved = callbacks.improved;
    callbacks.improved = [&](const std::function<Trained()>& so_far) {
      if (asked_improved) asked_improved(so_far);
      if (!callbacks_.improved || !any || (best_ && best >= best_->value)) return;
      if (improved_told_ && seconds_since(*improved_told_) < std::min(kShareBetween * options_.seconds, kMostBetween))
        return;
      callbacks_.improved(trial, prepared, so_far);
      improved_told_ = Clock::now();
    };
    const auto asked_step = callbacks.step;
    callbacks.step = [&](int64_t step, int64_t steps) {
      if (asked_step && asked_step(step, steps)) {
        stopped_ = true;
        board_->stop();
      }
      return stopped();
    };
    TrainOptions options = trial.training;
    if (!std::isinf(options_.seconds)) options.time_limit = std::max(1e-3, left());
    Trained trained = train(prepared, spec_, data_, &valid_, options, callbacks);
    if (too_long_ > 0 && !stopped_) return std::nullopt;
    too_long_ = 0;
    outcome.metric = metric_;
    outcome.epochs = static_cast<int>(trained.history.size());
    outcome.best_epoch = trained.best_epoch;
    outcome.seconds = trained.seconds;
    outcome.fingerprint = trained.model.fingerprint();
    outcome.ended = given_up ? fmt::format("given up after epoch {}", outcome.epochs) : trained.stopped;
    if (any) outcome.value = turned(best);
    if (first) training_.threads = trained.options.threads;  // measured once
    return trained;
  }

  /// Tells of the trials that ended, in their order, as far as there is none under way between them.
  void tell() {
    if (!board_->first()) return;
    for (; told_ < static_cast<int>(tasks_.size()); ++told_) {
      const training::Outcome* outcome = board_->find(told_);
      if (outcome == nullptr) return;
      if (!outcome->passed_over) tell(tasks_[static_cast<size_t>(told_)], *outcome);
    }
  }

  void tell(const Task& task, const training::Outcome& o) {
    Trial trial = trial_of(task);
    if (!o.metric.empty()) trial.metric = o.metric;
    trial.value = o.value;
    trial.epochs = o.epochs;
    trial.best_epoch = o.best_epoch;
    trial.seconds = o.seconds;
    trial.ended = o.ended;
    trial.fingerprint = o.fingerprint;
    const double value = o.value ? turned(*o.value) : INFINITY;
    std::optional<Trained> trained = board_->trained(told_, spec_);
    trial.improved = !best_ || (trained && value < best_->value);
    const TrainOptions asked = trial.training;
    const bool improved = trial.improved;
    Prepared prepared;
    if (auto own = made_.extract(told_); !own.empty())
      prepared = std::move(own.mapped());
    else if (trained)
      prepared = make_(trial.network);
    trials_.push_back(std::move(trial));
    if (improved) {
      trained->options = completed(asked, prepared, trained->options.threads);
      best_ = Best{*std::move(trained), std::move(prepared), trials_.size() - 1, value};
    }
    if (callbacks_.done)
      callbacks_.done(trials_, improved ? best_->prepared : prepared, improved ? &best_->trained : nullptr);
  }

  TrainOptions completed(const TrainOptions& asked, const Prepared& prepared, int threads) const {
    std::vector<std::string> unsaid;
    TrainOptions options = training::complete(asked, spec_, data_.rows, true, graph::compile(prepared.network), unsaid);
    if (threads > 0) options.threads = threads;
    return options;
  }

  const MakeCandidate& make_;
  const DataSpec& spec_;
  const Dataset& data_;
  const Dataset& valid_;
  NetworkOptions network_;
  TrainOptions training_;  // of the given settings
  const int asked_epochs_ = training_.epochs;
  const SearchOptions& options_;
  const SearchCallbacks& callbacks_;
  const std::unique_ptr<training::TrialBoard> board_;
  const Clock::time_point started_ = Clock::now();
  std::optional<training::SearchSpace> space_;
  std::vector<std::pair<std::string, std::string>> changes_;  // of all trials, where there is too little time
  std::vector<Task> tasks_;                                   // in the order of their numbers, also other ranks'
  std::map<int, Prepared> made_;                              // of own tasks that are not told of
  std::set<decltype(Trial::changes)> seen_;
  Known known_;
  std::vector<Trial> trials_;  // told
  int told_ = 0;               // tasks
  std::optional<Clock::time_point> improved_told_;
  std::optional<Best> best_;
  std::string metric_;
  double flops_ = 0;  // of a row in the first trial's step
  int too_long_ = 0;
  bool stopped_ = false;  // by a callback
  Clock::time_point looked_ = started_;
};

void check(const SearchOptions& options, bool several) {
  if (!(options.seconds > 0) || (std::isinf(options.seconds) && options.trials <= 0))
    fail("the time of a search is {} seconds, expected a positive number, or a number of trials", options.seconds);
  if (options.concurrent < 1) fail("{} trials at a time, expected 1 or more", options.concurrent);
  if (several && options.folder.empty()) fail("a search by several ranks needs a folder that all can write");
}

}  // namespace

Searched search(const MakeCandidate& make, const DataSpec& spec, const Dataset& data, const Dataset& valid,
                const NetworkOptions& network, const TrainOptions& training, const SearchOptions& options,
                const SearchCallbacks& callbacks) {
  check(options, training.peers != nullptr);
  return Search(make, spec, data, valid, network, training, options, callbacks).run();
}

void join_search(const MakeCandidate& make, const DataSpec& spec, const Dataset& data, const Dataset& valid,
                 const NetworkOptions& network, const TrainOptions& training, const SearchOptions& options) {
  check(options, true);
  Search(make, spec, data, valid, network, training, options, {}).join();
}

}  // namespace retrograd
