// Cross-validation: a run a fold, one after the other; what was out of each fold, scored together.
#include "retrograd/folds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "base/fail.hpp"
#include "train/choose/fold_progress.hpp"

namespace retrograd {
namespace {

using Clock = std::chrono::steady_clock;

/// The epochs of all folds: means of losses and metrics over the folds that came so far.
std::vector<EpochReport> mean_history(const std::vector<Fold>& folds) {
  std::vector<EpochReport> history;
  for (size_t e = 0;; ++e) {
    EpochReport mean;
    double count = 0, visited = 0, valid_loss = 0, valid_metric = 0;
    for (const Fold& fold : folds) {
      if (e >= fold.trained.history.size()) continue;
      const EpochReport& r = fold.trained.history[e];
      ++count;
      mean.epoch = r.epoch;
      mean.epochs = r.epochs;
      mean.metric = r.metric;
      mean.learning_rate = r.learning_rate;
      mean.seconds += r.seconds;
      mean.train_loss += r.train_loss;
      visited += r.rows_per_second * r.seconds;
      valid_loss += r.valid_loss.value_or(0);
      valid_metric += r.valid_metric.value_or(0);
    }
    if (count == 0) return history;
    for (const Fold& fold : folds) {
      const auto& of = fold.trained.history;
      if (!of.empty()) mean.steps += of[std::min(e, of.size() - 1)].steps;
    }
    mean.train_loss /= count;
    mean.valid_loss = valid_loss / count;
    mean.valid_metric = valid_metric / count;
    mean.rows_per_second = mean.seconds > 0 ? visited / mean.seconds : 0;
    history.push_back(std::move(mean));
  }
}

int median_best(const std::vector<Fold>& folds) {
  std::vector<int> best;
  for (const Fold& fold : folds) best.push_back(fold.trained.best_epoch);
  std::sort(best.begin(), best.end());
  return best[(best.size() - 1) / 2];
}

class Run {
 public:
  Run(const DataSpec& spec, const Dataset& data, int folds, const TrainOptions& options)
      : spec_(spec), data_(data), options_(options) {
    splits_ = fold_rows(data.rows, folds, options.seed, training::classes_of(spec, data));
  }

  FoldsTrained run(const MakeNetwork& make, const std::function<Callbacks(int)>& callbacks) {
    for (size_t k = 0; k < splits_.size(); ++k) {
      const Dataset train_part = part(data_, splits_[k].train);
      const Prepared prepared = make(train_part);
      if (k == 0) begin(prepared);
      one(k, prepared, train_part, callbacks ? callbacks(static_cast<int>(k) + 1) : Callbacks{});
      if (!folds_.back().trained.finished || k + 1 == splits_.size()) break;
      progress_->done(whole(), static_cast<int>(k) + 1);
      if (out_of_time()) break;
    }
    FoldsTrained result{.trained = whole(), .folds = {}, .rows = {}, .predictions = {}, .out_of_fold = {}};
    progress_->done(result.trained, static_cast<int>(folds_.size()));
    result.folds = std::move(folds_);
    score_folds(result, data_, result.trained.options.threads);
    return result;
  }

 private:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }
  bool out_of_time() const { return options_.time_limit > 0 && seconds() >= options_.time_limit; }

  void begin(const Prepared& first) {
    training::check_networks(splits_.size(), first);
    progress_.emplace(options_, static_cast<int>(splits_.size()));
  }

  void one(size_t k, const Prepared& prepared, const Dataset& train_part, const Callbacks& callbacks) {
    const int number = static_cast<int>(k) + 1;
    const Dataset held = part(data_, splits_[k].valid);
    TrainOptions options = options_;
    options.seed += k;
    options.checkpoint = progress_->of_fold(number);
    if (options.time_limit > 0) options.time_limit = std::max(1e-3, options.time_limit - seconds());
    if (k > 0) training::decide_as(folds_[0].trained.options, options);
    for (const std::string& line : progress_->said())
      if (callbacks.log) callbacks.log(line);
    Fold fold{.number = number,
              .rows = splits_[k].valid,
              .results = {},
              .trained = train(prepared, spec_, train_part, &held, options, callbacks)};
    folds_.push_back(std::move(fold));
  }

  /// What the folds so far make together.
  Trained whole() const {
    const Trained& last = folds_.back().trained;
    std::vector<Model> models;
    double seconds = 0;
    for (const Fold& fold : folds_) {
      models.push_back(fold.trained.model);
      seconds += fold.trained.seconds;
    }
    const bool finished = last.finished && folds_.size() == splits_.size();
    std::string stopped = last.finished ? "the time limit was reached" : last.stopped;
    if (finished) stopped = fmt::format("all {} folds are done", splits_.size());
    TrainOptions options = folds_[0].trained.options;
    options.seed = options_.seed;
    options.checkpoint = options_.checkpoint;
    return {.model = bag(models, data_),
            .history = mean_history(folds_),
            .best_epoch = median_best(folds_),
            .stopped = std::move(stopped),
            .finished = finished,
            .decisions = folds_[0].trained.decisions,
            .options = std::move(options),
            .state = {},
            .seconds = seconds};
  }

  const DataSpec& spec_;
  const Dataset& data_;
  const TrainOptions options_;
  const Clock::time_point started_ = Clock::now();
  std::vector<SplitRows> splits_;
  std::optional<training::FoldProgress> progress_;
  std::vector<Fold> folds_;  // done, or stopped
};

}  // namespace

FoldsTrained train_folds(const MakeNetwork& make, const DataSpec& spec, const Dataset& data, int folds,
                         const TrainOptions& options, const std::function<Callbacks(int fold)>& callbacks) {
  if (options.peers != nullptr) fail("folds are trained in one process; several share one network's training");
  return Run(spec, data, folds, options).run(make, callbacks);
}

void score_folds(FoldsTrained& folds, const Dataset& data, int threads) {
  const Model& model = folds.trained.model;
  const auto outputs = static_cast<size_t>(model.outputs());
  std::vector<float> by_row(static_cast<size_t>(data.rows) * outputs);
  std::vector<bool> held_out(static_cast<size_t>(data.rows));
  Model::Loss loss;
  for (Fold& fold : folds.folds) {
    const Dataset held = part(data, fold.rows);
    const Model::Measured measured = fold.trained.model.measure(held, threads);
    fold.results = compare(model.spec(), held, measured.predictions, measured.loss.mean());
    loss.total += measured.loss.total;
    loss.weight += measured.loss.weight;
    for (size_t i = 0; i < fold.rows.size(); ++i) {
      const auto row = static_cast<size_t>(fold.rows[i]);
      held_out[row] = true;
      std::copy_n(measured.predictions.begin() + static_cast<std::ptrdiff_t>(i * outputs), outputs,
                  by_row.begin() + static_cast<std::ptrdiff_t>(row * outputs));
    }
  }
  folds.rows.clear();
  folds.predictions.clear();
  for (size_t row = 0; row < held_out.size(); ++row) {
    if (!held_out[row]) continue;
    const auto first = by_row.begin() + static_cast<std::ptrdiff_t>(row * outputs);
    folds.rows.push_back(static_cast<int64_t>(row));
    folds.predictions.insert(folds.predictions.end(), first, first + static_cast<std::ptrdiff_t>(outputs));
  }
  // Of the data only targets and weights are compared with.
  Dataset held{.rows = data.rows, .inputs = {}, .target = data.target, .weight = data.weight};
  if (std::ssize(folds.rows) < data.rows) held = take(held, folds.rows);
  folds.out_of_fold = compare(model.spec(), held, folds.predictions, loss.mean());
}

FoldSpread spread(const std::vector<Fold>& folds, const std::string& metric) {
  FoldSpread s;
  std::vector<double> values;
  for (const Fold& fold : folds)
    if (const double value = fold.results.metric(metric); !std::isnan(value)) values.push_back(value);
  if (values.empty()) return {NAN, NAN};
  const auto n = static_cast<double>(values.size());
  for (const double value : values) s.mean += value / n;
  double squares = 0;
  for (const double value : values) squares += (value - s.mean) * (value - s.mean);
  s.sd = n > 1 ? std::sqrt(squares / (n - 1)) : 0;
  return s;
}

std::string headline_metric(Task task) {
  return task == Task::regression ? "rmse" : task == Task::classification ? "accuracy" : "loss";
}

}  // namespace retrograd
