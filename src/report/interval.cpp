#include "report/interval.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "math/scalar.hpp"
#include "report/random.hpp"

namespace retrograd::report {
namespace {

constexpr int kResamples = 1000;
constexpr int64_t kMostRows = 20000, kFewestRows = 2000;
constexpr double kWork = 2e8;  // rows ranked over all resamples
constexpr size_t kMostRankedClasses = 50;
constexpr double kLeastProbability = 1e-15;  // as in metrics.cpp

double surprise(double p) { return -math::log(std::clamp(p, kLeastProbability, 1.0)); }
double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

/// Of the whole part, where a resample draws fewer rows.
double value_of(const Results& results, const std::string& metric) {
  if (metric == "balanced_accuracy") return results.classification->balanced_accuracy;
  if (metric == "brier") return results.classification->brier;
  if (metric == "hamming") return results.multilabel->hamming;
  return results.metric(metric);
}

}  // namespace

Resampler::Resampler(const DataSpec& spec, const Dataset& data, std::span<const float> predictions,
                     std::span<const int64_t> rows)
    : task_(spec.task) {
  k_ = static_cast<size_t>(static_cast<int64_t>(predictions.size()) / data.rows);
  const size_t n = rows.empty() ? static_cast<size_t>(data.rows) : rows.size();
  const int target_columns = data.target.cols;
  for (size_t i = 0; i < n; ++i) {
    const int64_t row = rows.empty() ? static_cast<int64_t>(i) : rows[i];
    const auto from = predictions.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(row) * k_);
    predictions_.insert(predictions_.end(), from, from + static_cast<std::ptrdiff_t>(k_));
    for (int c = 0; c < target_columns; ++c) targets_.push_back(data.target.at(row, c));
    weights_.push_back(data.weight.empty() ? 1.0 : static_cast<double>(data.weight.at(row, 0)));
  }
  switch (task_) {
    case Task::classification:
      prepare_classification();
      break;
    case Task::multilabel:
      prepare_multilabel();
      break;
    case Task::regression:
      names_ = {"rmse", "mae", "r2"};
      break;
  }
}

void Resampler::prepare_classification() {
  const size_t n = size();
  names_ = {"accuracy", "balanced_accuracy", "macro_f1", "log_loss", "brier"};
  guess_.resize(n);
  log_loss_.resize(n);
  brier_.resize(n);
  for (size_t i = 0; i < n; ++i) {
    const float* p = predictions_.data() + i * k_;
    guess_[i] = static_cast<uint32_t>(std::max_element(p, p + k_) - p);
    const auto truth = static_cast<size_t>(targets_[i]);
    log_loss_[i] = surprise(static_cast<double>(p[truth]));
    for (size_t j = 0; j < k_; ++j) {
      const double miss = static_cast<double>(p[j]) - (j == truth ? 1.0 : 0.0);
      brier_[i] += miss * miss;
    }
  }
  if (k_ > kMostRankedClasses) return;
  names_.emplace_back("auc");
  for (size_t c = k_ == 2 ? 1 : 0; c < k_; ++c) {
    Ranking r;
    r.order.resize(n);
    std::iota(r.order.begin(), r.order.end(), 0U);
    const auto score = [&](uint32_t i) { return predictions_[i * k_ + c]; };
    std::sort(r.order.begin(), r.order.end(),
              [&](uint32_t a, uint32_t b) { return score(a) != score(b) ? score(a) > score(b) : a < b; });
    for (size_t i = 0; i < n; ++i) {
      r.first_of_tie.push_back(i == 0 || score(r.order[i]) != score(r.order[i - 1]));
      r.positive.push_back(static_cast<size_t>(targets_[r.order[i]]) == c);
    }
    rankings_.push_back(std::move(r));
  }
}

void Resampler::prepare_multilabel() {
  names_ = {"accuracy", "hamming", "macro_f1", "log_loss"};
  log_loss_.resize(size());
  for (size_t i = 0; i < size(); ++i)
    for (size_t j = 0; j < k_; ++j) {
      const double p = static_cast<double>(predictions_[i * k_ + j]);
      log_loss_[i] += surprise(targets_[i * k_ + j] == 1 ? p : 1 - p);
    }
}

std::vector<double> Resampler::measure(std::span<const uint32_t> counts) const {
  double total = 0;
  for (size_t i = 0; i < size(); ++i) total += counts[i] * weights_[i];
  if (!(total > 0)) return std::vector<double>(names_.size());
  switch (task_) {
    case Task::classification:
      return classification(counts);
    case Task::multilabel:
      return multilabel(counts);
    case Task::regression:
      return regression(counts);
  }
  return {};
}

std::vector<double> Resampler::classification(std::span<const uint32_t> counts) const {
  std::vector<double> support(k_), predicted(k_), hits(k_);
  double total = 0, right = 0, loss = 0, brier = 0;
  for (size_t i = 0; i < size(); ++i) {
    if (counts[i] == 0) continue;
    const double w = counts[i] * weights_[i];
    const auto truth = static_cast<size_t>(targets_[i]);
    total += w;
    loss += w * log_loss_[i];
    brier += w * brier_[i];
    support[truth] += w;
    predicted[guess_[i]] += w;
    if (guess_[i] == truth) {
      right += w;
      hits[truth] += w;
    }
  }
  double recall = 0, f1 = 0, present = 0, mentioned = 0;
  for (size_t j = 0; j < k_; ++j) {
    if (support[j] > 0) {
      recall += hits[j] / support[j];
      present += 1;
    }
    if (support[j] + predicted[j] > 0) {
      f1 += 2 * hits[j] / (support[j] + predicted[j]);
      mentioned += 1;
    }
  }
  std::vector<double> values = {right / total, ratio(recall, present), ratio(f1, mentioned), loss / total,
                                brier / total};
  if (rankings_.empty()) return values;
  double sum = 0, ranked = 0;
  for (size_t r = 0; r < rankings_.size(); ++r) {
    const double area = auc(r, counts);
    if (area < 0) continue;
    sum += area;
    ranked += 1;
  }
  values.push_back(ranked > 0 ? sum / ranked : NAN);
  return values;
}

/// Negative where all rows or none are positive.
double Resampler::auc(size_t column, std::span<const uint32_t> counts) const {
  const Ranking& r = rankings_[column];
  // From the largest score down: a negative loses to every positive above it, and half to those of its own score.
  double above = 0, tied_positive = 0, tied_negative = 0, area = 0, negatives = 0;
  for (size_t place = 0; place < r.order.size(); ++place) {
    const uint32_t i = r.order[place];
    if (r.first_of_tie[place] != 0) {
      area += tied_negative * (above + 0.5 * tied_positive);
      above += tied_positive;
      negatives += tied_negative;
      tied_positive = tied_negative = 0;
    }
    if (counts[i] == 0) continue;
    (r.positive[place] != 0 ? tied_positive : tied_negative) += counts[i] * weights_[i];
  }
  area += tied_negative * (above + 0.5 * tied_positive);
  above += tied_positive;
  negatives += tied_negative;
  return above > 0 && negatives > 0 ? area / (above * negatives) : -1;
}

std::vector<double> Resampler::multilabel(std::span<const uint32_t> counts) const {
  std::vector<double> support(k_), predicted(k_), hits(k_);
  double total = 0, right = 0, wrong_labels = 0, loss = 0;
  for (size_t i = 0; i < size(); ++i) {
    if (counts[i] == 0) continue;
    const double w = counts[i] * weights_[i];
    int wrong = 0;
    for (size_t j = 0; j < k_; ++j) {
      const bool truth = targets_[i * k_ + j] == 1, guess = static_cast<double>(predictions_[i * k_ + j]) > 0.5;
      support[j] += truth ? w : 0.0;
      predicted[j] += guess ? w : 0.0;
      hits[j] += truth && guess ? w : 0.0;
      wrong += truth != guess;
    }
    total += w;
    loss += w * log_loss_[i];
    right += wrong == 0 ? w : 0.0;
    wrong_labels += w * wrong;
  }
  double f1 = 0, mentioned = 0;
  for (size_t j = 0; j < k_; ++j) {
    if (!(support[j] + predicted[j] > 0)) continue;
    f1 += 2 * hits[j] / (support[j] + predicted[j]);
    mentioned += 1;
  }
  const double cells = total * static_cast<double>(k_);
  return {right / total, wrong_labels / cells, ratio(f1, mentioned), loss / cells};
}

std::vector<double> Resampler::regression(std::span<const uint32_t> counts) const {
  std::vector<double> values(3);
  for (size_t j = 0; j < k_; ++j) {
    double total = 0, squares = 0, absolute = 0, sum = 0;
    for (size_t i = 0; i < size(); ++i) {
      if (counts[i] == 0) continue;
      const double w = counts[i] * weights_[i], y = static_cast<double>(targets_[i * k_ + j]);
      const double miss = y - static_cast<double>(predictions_[i * k_ + j]);
      total += w;
      squares += w * miss * miss;
      absolute += w * std::abs(miss);
      sum += w * y;
    }
    double spread = 0;
    for (size_t i = 0; i < size(); ++i) {
      if (counts[i] == 0) continue;
      const double d = static_cast<double>(targets_[i * k_ + j]) - sum / total;
      spread += counts[i] * weights_[i] * d * d;
    }
    values[0] += std::sqrt(squares / total);
    values[1] += absolute / total;
    values[2] += spread > 0 ? 1 - squares / spread : squares == 0 ? 1.0 : 0.0;
  }
  for (double& v : values) v /= static_cast<double>(k_);
  return values;
}

Intervals bootstrap(const DataSpec& spec, const Dataset& data, std::span<const float> predictions,
                    const Results& results, uint32_t part) {
  const auto outputs = static_cast<size_t>(static_cast<int64_t>(predictions.size()) / data.rows);
  const bool ranks = spec.task == Task::classification && outputs <= kMostRankedClasses;
  const double columns = ranks && outputs > 2 ? static_cast<double>(outputs) : 1.0;
  const auto most = std::clamp(static_cast<int64_t>(kWork / (kResamples * columns)), kFewestRows, kMostRows);
  const std::vector<int64_t> weighing = weighing_rows(data);
  std::vector<int64_t> rows = sample_rows(std::ssize(weighing), most);
  for (int64_t& row : rows) row = weighing[static_cast<size_t>(row)];
  const Resampler resampler(spec, data, predictions, rows);
  const size_t n = resampler.size();
  const std::vector<double> center = resampler.measure(std::vector<uint32_t>(n, 1));
  std::vector<std::vector<double>> drawn(center.size());
  std::vector<uint32_t> counts(n);
  for (uint32_t b = 0; b < kResamples; ++b) {
    std::fill(counts.begin(), counts.end(), 0U);
    // A 32-bit word times n, high half: the bias is below n/2^32, far below what a resample varies by.
    for (uint32_t i = 0; i < n; i += 4) {
      const auto words = philox(kSeed, Purpose::report, static_cast<uint64_t>(Draw::bootstrap) + part, b, i / 4);
      for (uint32_t w = 0; w < 4 && i + w < n; ++w) ++counts[(uint64_t{words[w]} * n) >> 32];
    }
    const std::vector<double> values = resampler.measure(counts);
    for (size_t m = 0; m < values.size(); ++m) drawn[m].push_back(values[m]);
  }
  Intervals out{.resamples = kResamples, .rows = static_cast<int64_t>(n)};
  const double scale = std::sqrt(static_cast<double>(n) / static_cast<double>(weighing.size()));
  for (size_t m = 0; m < drawn.size(); ++m) {
    std::vector<double>& values = drawn[m];
    std::erase_if(values, [](double v) { return std::isnan(v); });
    std::sort(values.begin(), values.end());
    Interval interval{.metric = resampler.names()[m], .value = value_of(results, resampler.names()[m])};
    if (n > 1 && 2 * values.size() >= kResamples && !std::isnan(center[m])) {
      // Of 1000 values in order, the 25th from either end.
      const size_t end = values.size() / 40;
      interval.low = interval.value + (values[end - 1] - center[m]) * scale;
      interval.high = interval.value + (values[values.size() - end] - center[m]) * scale;
    }
    out.metrics.push_back(std::move(interval));
  }
  return out;
}

}  // namespace retrograd::report
