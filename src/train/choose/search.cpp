#include "retrograd/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "base/fail.hpp"
#include "graph/program.hpp"
#include "train/choose/search_space.hpp"
#include "train/loop/watch.hpp"

namespace retrograd {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kRungs[] = {1.0 / 15, 3.0 / 15, 7.0 / 15};  // of the epochs: where coslog4 ends a wave
constexpr double kShareOfFirst = 0.6;                        // of the time, for the first trial where all is too much
constexpr int kPassedOver = 30;                              // candidates in a row; then the search ends
constexpr int kMostTrials = 10'000;

class Search {
 public:
  Search(const MakeCandidate& make, const DataSpec& spec, const Dataset& data, const Dataset& valid,
         const SearchOptions& options, const SearchCallbacks& callbacks)
      : make_(make), spec_(spec), data_(data), valid_(valid), options_(options), callbacks_(callbacks) {}

  Searched run(NetworkOptions network, TrainOptions training) {
    training.checkpoint = {};
    training.peers = nullptr;
    Prepared prepared = make_(network);
    Trial first{.number = 0, .changes = {}, .network = network, .training = training, .metric = {}};
    std::optional<Trained> trained = attempt(first, prepared);
    if (too_long_ > 0) {  // the same with as many epochs as there is time for
      first.training.epochs = too_long_;
      first.changes = {{"epochs", fmt::format("{}", too_long_)}};
      log(fmt::format("the time is too short for {} epochs of the given settings: {} are tried", training.epochs,
                      too_long_));
      trained = attempt(first, prepared);
    }
    flops_ = graph::compile(prepared.network).flops_step();
    network.hidden = widths(prepared);
    network.dropout = dropout(prepared);
    take(std::move(first), std::move(prepared), std::move(*trained));
    const training::SearchSpace space(spec_, network, best_->trained.options, options_.fixed);
    best_point_ = space.given();
    seen_ = {best_point_};
    candidates(space);
    Searched result{std::move(best_->trained), std::move(best_->prepared), std::move(trials_), best_->index};
    result.trained.finished = !stopped_;
    if (!stopped_) result.trained.stopped = fmt::format("the best of {} trials", result.trials.size());
    return result;
  }

 private:
  struct Best {
    Trained trained;
    Prepared prepared;
    size_t index = 0;
    double value = 0;  ///< sign turned so that smaller is better
  };

  double left() const { return options_.seconds - std::chrono::duration<double>(Clock::now() - started_).count(); }

  void log(const std::string& line) const {
    if (callbacks_.log) callbacks_.log(line);
  }

  static std::vector<int> widths(const Prepared& prepared) {
    std::vector<int> found;
    for (const Layer& layer : prepared.hidden)
      if (layer.type == "linear") found.push_back(layer.units);
    return found;
  }
  static double dropout(const Prepared& prepared) {
    for (const Layer& layer : prepared.hidden)
      if (layer.type == "dropout") return layer.attributes.at("rate");
    return 0;
  }

  void candidates(const training::SearchSpace& space) {
    for (int number = 1, passed_over = 0; number < kMostTrials && passed_over < kPassedOver && !stopped_; ++number) {
      const training::SearchSpace::Point point = space.candidate(number, best_point_);
      if (point.empty() || left() <= 0) return;
      ++passed_over;
      if (!seen_.insert(point).second) continue;
      Trial trial = space.trial(number, point);
      trial.changes.insert(trial.changes.begin(), trials_[0].changes.begin(), trials_[0].changes.end());
      std::optional<Trained> trained;
      Prepared prepared;
      try {
        prepared = make_(trial.network);
        const double predicted = trials_[0].seconds * graph::compile(prepared.network).flops_step() / flops_;
        if (predicted > left()) {
          seen_.erase(point);
          continue;
        }
        passed_over = 0;
        trained = attempt(trial, prepared);
      } catch (const Error& e) {
        trial.ended = e.what();
      }
      if (!trained) {
        trials_.push_back(std::move(trial));
        if (callbacks_.done) callbacks_.done(trials_, prepared, nullptr);
        continue;
      }
      if (take(std::move(trial), std::move(prepared), std::move(*trained))) best_point_ = point;
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

  /// Trains one candidate. Nothing if the first one would take too long; then too_long_ says how many epochs would do.
  std::optional<Trained> attempt(Trial& trial, const Prepared& prepared) {
    const bool first = trials_.empty();
    Callbacks callbacks = callbacks_.of ? callbacks_.of(trial) : Callbacks{};
    const bool may_be_cut = first && too_long_ == 0;
    too_long_ = 0;
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
        std::vector<double>& others = rungs_[rung - 1];
        const auto better = std::count_if(others.begin(), others.end(), [&](double o) { return o < best; });
        others.push_back(best);
        given_up = !first && better >= (std::ssize(others) + 1) / 2;
        control.stop |= given_up;
      }
      return control;
    };
    const auto asked_step = callbacks.step;
    callbacks.step = [&](int64_t step, int64_t steps) {
      if (asked_step && asked_step(step, steps)) stopped_ = true;
      return stopped_;
    };
    TrainOptions options = trial.training;
    options.time_limit = std::max(1e-3, left());
    std::optional<Trained> trained = train(prepared, spec_, data_, &valid_, options, callbacks);
    if (too_long_ > 0 && !stopped_) {
      for (std::vector<double>& rung : rungs_) rung.clear();
      return std::nullopt;
    }
    too_long_ = 0;
    trial.metric = metric_;
    trial.epochs = static_cast<int>(trained->history.size());
    trial.best_epoch = trained->best_epoch;
    trial.seconds = trained->seconds;
    trial.fingerprint = trained->model.fingerprint();
    trial.ended = given_up ? fmt::format("given up after epoch {}", trial.epochs) : trained->stopped;
    if (any) trial.value = training::larger_is_better(metric_) ? -best : best;
    return trained;
  }

  /// Keeps a trial; true if it is the best so far.
  bool take(Trial trial, Prepared prepared, Trained trained) {
    const double value = trial.value ? turned(*trial.value) : INFINITY;
    trial.improved = !best_ || value < best_->value;
    const bool improved = trial.improved;
    trials_.push_back(std::move(trial));
    if (improved) best_.emplace(std::move(trained), std::move(prepared), trials_.size() - 1, value);
    if (callbacks_.done)
      callbacks_.done(trials_, improved ? best_->prepared : prepared, improved ? &best_->trained : nullptr);
    return improved;
  }

  const MakeCandidate& make_;
  const DataSpec& spec_;
  const Dataset& data_;
  const Dataset& valid_;
  const SearchOptions& options_;
  const SearchCallbacks& callbacks_;
  const Clock::time_point started_ = Clock::now();
  std::vector<Trial> trials_;
  std::optional<Best> best_;
  training::SearchSpace::Point best_point_;
  std::set<training::SearchSpace::Point> seen_;
  std::vector<double> rungs_[std::size(kRungs)];  // best values at each rung, of all trials that came to it
  std::string metric_;
  double flops_ = 0;  // of a row in the first trial's step
  int too_long_ = 0;
  bool stopped_ = false;  // by a callback
};

}  // namespace

Searched search(const MakeCandidate& make, const DataSpec& spec, const Dataset& data, const Dataset& valid,
                const NetworkOptions& network, const TrainOptions& training, const SearchOptions& options,
                const SearchCallbacks& callbacks) {
  if (!(options.seconds > 0) || std::isinf(options.seconds))
    fail("the time of a search is {} seconds, expected a positive number", options.seconds);
  if (training.peers != nullptr) fail("a search trains in one process; leave out the others");
  return Search(make, spec, data, valid, options, callbacks).run(network, training);
}

}  // namespace retrograd
