// The three reports: one pass over the rows in order, plus one sort a class for the AUC.
#include "retrograd/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/fail.hpp"
#include "math/scalar.hpp"

namespace retrograd {
namespace {

constexpr double kLeastProbability = 1e-15;  // bounds the loss of a row that float32 gave probability 0
constexpr int kCalibrationBins = 15;
constexpr size_t kTop = 5;
constexpr size_t kLargestConfusion = 1000;        // classes; the matrix of more would take more memory than it is worth
constexpr float kLargestProbability = 1.000001F;  // a rounded quotient may lie just above 1

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

double surprise(double p) { return -math::log(std::clamp(p, kLeastProbability, 1.0)); }

// The rows of a report, checked: n of them, with predictions [n, k].
struct Checked {
  size_t n, k;
  std::span<const float> predictions, targets, weights;
  double total = 0;  // of the weights

  double weight(size_t row) const { return weights.empty() ? 1.0 : static_cast<double>(weights[row]); }
  double prediction(size_t row, size_t col) const { return static_cast<double>(predictions[row * k + col]); }
  double target(size_t row, size_t col) const { return static_cast<double>(targets[row * k + col]); }
};

void check_predictions(const Checked& c, bool probabilities) {
  for (size_t i = 0; i < c.predictions.size(); ++i) {
    const float p = c.predictions[i];
    if (!std::isfinite(p) || (probabilities && (p < 0 || p > kLargestProbability)))
      fail("metrics: the prediction of row {}, output {} is {}, expected {}", i / c.k + 1, i % c.k + 1, p,
           probabilities ? "a probability from 0 to 1" : "a finite number");
  }
}

Checked check(std::span<const float> predictions, std::span<const float> targets, std::span<const float> weights,
              size_t outputs, size_t targets_a_row, bool probabilities) {
  if (targets.empty()) fail("metrics: there are no rows to evaluate; at least 1 is needed");
  if (targets.size() % targets_a_row != 0)
    fail("metrics: {} targets are not a whole number of rows of {}", targets.size(), targets_a_row);
  Checked c{targets.size() / targets_a_row, outputs, predictions, targets, weights};
  if (c.n > std::numeric_limits<uint32_t>::max()) fail("metrics: {} rows are more than can be measured at once", c.n);
  if (predictions.size() / outputs != c.n || predictions.size() % outputs != 0)
    fail("metrics: {} predictions do not fit {} rows of {} outputs", predictions.size(), c.n, outputs);
  if (!weights.empty() && weights.size() != c.n)
    fail("metrics: there are {} weights for {} rows; give one a row, or none", weights.size(), c.n);
  check_predictions(c, probabilities);
  for (size_t row = 0; row < c.n; ++row) {
    const double w = c.weight(row);
    if (!std::isfinite(w) || w < 0)
      fail("metrics: the weight of row {} is {}, expected a finite number of at least 0", row + 1, w);
    c.total += w;
  }
  if (!(c.total > 0)) fail("metrics: every row has weight 0, so nothing can be averaged; give some a positive weight");
  return c;
}

// The weighted Mann-Whitney statistic of a column of predictions; nothing if one of the two sides has no weight. There
// may be more rows than memory has room for twice: only their order is kept.
template <class IsPositive>
std::optional<double> column_auc(const Checked& c, size_t col, IsPositive is_positive) {
  std::vector<uint32_t> order(c.n);
  std::iota(order.begin(), order.end(), uint32_t{0});
  const auto score = [&](uint32_t row) { return c.prediction(row, col); };
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const double x = score(a), y = score(b);
    return x != y ? x < y : a < b;  // sums are in the order of the rows
  });
  double below = 0, pairs = 0, positives = 0;  // below: weight of the negatives with a smaller score
  for (size_t i = 0; i < order.size();) {
    double tied_positive = 0, tied_negative = 0;
    const double tied = score(order[i]);
    for (; i < order.size() && score(order[i]) == tied; ++i)
      (is_positive(order[i]) ? tied_positive : tied_negative) += c.weight(order[i]);
    pairs += tied_positive * (below + 0.5 * tied_negative);
    positives += tied_positive;
    below += tied_negative;
  }
  if (!(positives > 0 && below > 0)) return {};
  return pairs / (positives * below);
}

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double mean_auc(const std::vector<ClassScore>& classes) {
  double sum = 0, count = 0;
  for (const ClassScore& s : classes) {
    if (!s.auc) continue;
    sum += *s.auc;
    ++count;
  }
  return count > 0 ? sum / count : kNone;
}

void complete(ClassScore& s) {
  s.precision = ratio(s.hits, s.predicted);
  s.recall = ratio(s.hits, s.support);
  s.f1 = ratio(2 * s.hits, s.support + s.predicted);
}

double mean_f1(const std::vector<ClassScore>& classes) {
  double sum = 0, count = 0;
  for (const ClassScore& s : classes) {
    if (!(s.support + s.predicted > 0)) continue;
    sum += s.f1;
    ++count;
  }
  return ratio(sum, count);
}

std::vector<ClassScore> named(std::vector<std::string> names) {
  std::vector<ClassScore> scores(names.size());
  for (size_t i = 0; i < names.size(); ++i) scores[i].name = std::move(names[i]);
  return scores;
}

std::vector<uint32_t> class_codes(const Checked& c) {
  std::vector<uint32_t> codes(c.n);
  for (size_t row = 0; row < c.n; ++row) {
    const float t = c.targets[row];
    if (!(t >= 0 && t < static_cast<float>(c.k) && t == std::floor(t)))
      fail("metrics: the target of row {} is {}, expected a class code from 0 to {}", row + 1, t, c.k - 1);
    codes[row] = static_cast<uint32_t>(t);
  }
  return codes;
}

// Classes that go before `truth` when a row is ordered by probability, the first of equals first.
size_t rank_of(std::span<const float> p, size_t truth) {
  size_t before = 0;
  for (size_t j = 0; j < p.size(); ++j) before += p[j] > p[truth] || (p[j] == p[truth] && j < truth);
  return before;
}

void add_row(ClassificationReport& r, std::span<const float> p, size_t truth, double w) {
  const size_t k = p.size();
  const auto guess = static_cast<size_t>(std::max_element(p.begin(), p.end()) - p.begin());
  r.classes[truth].support += w;
  r.classes[guess].predicted += w;
  if (guess == truth) r.classes[truth].hits += w;
  if (!r.confusion.empty()) r.confusion[truth * k + guess] += w;
  r.log_loss += w * surprise(static_cast<double>(p[truth]));
  double squares = 0;
  for (size_t j = 0; j < k; ++j) {
    const double e = static_cast<double>(p[j]) - (j == truth ? 1.0 : 0.0);
    squares += e * e;
  }
  r.brier += w * squares;
  if (r.top5) *r.top5 += rank_of(p, truth) < kTop ? w : 0.0;
  const double confidence = static_cast<double>(p[guess]);
  CalibrationBin& bin = r.calibration[static_cast<size_t>(
      std::min(kCalibrationBins - 1, static_cast<int>(confidence * kCalibrationBins)))];
  bin.weight += w;
  bin.confidence += w * confidence;
  bin.accuracy += guess == truth ? w : 0.0;
}

void finish_classes(ClassificationReport& r) {
  double hits = 0, recalls = 0, present = 0, weighted = 0;
  for (ClassScore& s : r.classes) {
    complete(s);
    hits += s.hits;
    weighted += s.support * s.f1;
    if (s.support > 0) {
      recalls += s.recall;
      ++present;
    }
  }
  r.accuracy = hits / r.weight;
  r.balanced_accuracy = ratio(recalls, present);
  r.weighted_f1 = weighted / r.weight;
  r.macro_f1 = mean_f1(r.classes);
}

void finish_calibration(ClassificationReport& r) {
  for (CalibrationBin& bin : r.calibration) {
    bin.confidence = ratio(bin.confidence, bin.weight);
    bin.accuracy = ratio(bin.accuracy, bin.weight);
    r.calibration_error += bin.weight / r.weight * std::abs(bin.accuracy - bin.confidence);
  }
}

OutputScore output_score(const Checked& c, size_t col, std::string name) {
  OutputScore s{.name = std::move(name)};
  double squares = 0, absolutes = 0, sum = 0, spread = 0;
  for (size_t row = 0; row < c.n; ++row) {
    const double w = c.weight(row), e = c.prediction(row, col) - c.target(row, col);
    if (!std::isfinite(e))
      fail("metrics: the target of row {}, output '{}' is {}, expected a finite number", row + 1, s.name,
           c.target(row, col));
    squares += w * e * e;
    absolutes += w * std::abs(e);
    sum += w * c.target(row, col);
    if (w > 0) s.max_error = std::max(s.max_error, std::abs(e));
  }
  s.mean = sum / c.total;
  bool constant = true;  // decided on the values: the rounded mean of equal values may differ from them
  std::optional<double> first;
  for (size_t row = 0; row < c.n; ++row) {
    if (c.weight(row) == 0) continue;
    const double t = c.target(row, col), d = t - s.mean;
    spread += c.weight(row) * d * d;
    if (!first) first = t;
    constant = constant && t == *first;
  }
  s.rmse = std::sqrt(squares / c.total);
  s.mae = absolutes / c.total;
  s.sd = constant ? 0 : std::sqrt(spread / c.total);
  s.r2 = constant ? (s.max_error == 0 ? 1.0 : 0.0) : 1 - squares / spread;
  return s;
}

}  // namespace

ClassificationReport classification_report(std::span<const float> probabilities, std::span<const float> targets,
                                           std::span<const float> weights, std::vector<std::string> classes,
                                           std::optional<double> loss) {
  const size_t k = classes.size();
  if (k < 2) fail("metrics: classification needs at least 2 classes, found {}", k);
  const Checked c = check(probabilities, targets, weights, k, 1, true);
  const std::vector<uint32_t> codes = class_codes(c);
  ClassificationReport r{.rows = static_cast<int64_t>(c.n), .weight = c.total};
  r.classes = named(std::move(classes));
  if (k <= kLargestConfusion) r.confusion.resize(k * k);
  for (int i = 0; i < kCalibrationBins; ++i)
    r.calibration.push_back(
        {.lower = static_cast<double>(i) / kCalibrationBins, .upper = static_cast<double>(i + 1) / kCalibrationBins});
  if (k > 10) r.top5 = 0.0;
  for (size_t row = 0; row < c.n; ++row) add_row(r, probabilities.subspan(row * k, k), codes[row], c.weight(row));
  r.log_loss /= c.total;
  r.brier /= c.total;
  if (r.top5) *r.top5 /= c.total;
  finish_classes(r);
  finish_calibration(r);
  for (size_t j = 0; j < k; ++j) r.classes[j].auc = column_auc(c, j, [&](size_t row) { return codes[row] == j; });
  r.auc = k == 2 ? r.classes[1].auc.value_or(kNone) : mean_auc(r.classes);
  r.loss = loss.value_or(r.log_loss);
  return r;
}

MultilabelReport multilabel_report(std::span<const float> probabilities, std::span<const float> targets,
                                   std::span<const float> weights, std::vector<std::string> labels,
                                   std::optional<double> loss) {
  const size_t k = labels.size();
  if (k == 0) fail("metrics: at least 1 label is needed");
  const Checked c = check(probabilities, targets, weights, k, k, true);
  MultilabelReport r{.rows = static_cast<int64_t>(c.n), .weight = c.total};
  r.labels = named(std::move(labels));
  for (size_t row = 0; row < c.n; ++row) {
    const double w = c.weight(row);
    size_t wrong = 0;
    for (size_t j = 0; j < k; ++j) {
      const double p = c.prediction(row, j), t = c.target(row, j);
      if (t != 0 && t != 1)
        fail("metrics: the target of row {}, label '{}' is {}, expected 0 or 1", row + 1, r.labels[j].name, t);
      const bool truth = t == 1, guess = p > 0.5;
      r.log_loss += w * surprise(truth ? p : 1 - p);
      r.labels[j].support += truth ? w : 0.0;
      r.labels[j].predicted += guess ? w : 0.0;
      r.labels[j].hits += truth && guess ? w : 0.0;
      wrong += truth != guess;
    }
    r.accuracy += wrong == 0 ? w : 0.0;
    r.hamming += w * static_cast<double>(wrong);
  }
  r.accuracy /= c.total;
  r.hamming /= c.total * static_cast<double>(k);
  r.log_loss /= c.total * static_cast<double>(k);
  double all_hits = 0, all = 0;
  for (size_t j = 0; j < k; ++j) {
    complete(r.labels[j]);
    r.labels[j].auc = column_auc(c, j, [&](size_t row) { return c.target(row, j) == 1; });
    all_hits += r.labels[j].hits;
    all += r.labels[j].support + r.labels[j].predicted;
  }
  r.micro_f1 = ratio(2 * all_hits, all);
  r.macro_f1 = mean_f1(r.labels);
  r.auc = mean_auc(r.labels);
  r.loss = loss.value_or(r.log_loss);
  return r;
}

RegressionReport regression_report(std::span<const float> predictions, std::span<const float> targets,
                                   std::span<const float> weights, std::vector<std::string> outputs,
                                   std::optional<double> loss) {
  const size_t k = outputs.size();
  if (k == 0) fail("metrics: at least 1 output is needed");
  const Checked c = check(predictions, targets, weights, k, k, false);
  RegressionReport r{.rows = static_cast<int64_t>(c.n), .weight = c.total};
  double half_squares = 0;
  for (size_t j = 0; j < k; ++j) {
    const OutputScore& s = r.outputs.emplace_back(output_score(c, j, std::move(outputs[j])));
    half_squares += 0.5 * s.rmse * s.rmse;
    r.rmse += s.rmse;
    r.mae += s.mae;
    r.r2 += s.r2;
    r.max_error = std::max(r.max_error, s.max_error);
  }
  const auto count = static_cast<double>(k);
  r.rmse /= count;
  r.mae /= count;
  r.r2 /= count;
  r.loss = loss.value_or(half_squares);
  return r;
}

}  // namespace retrograd
