#include "report/curves.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/distribution.hpp"
#include "report/random.hpp"

namespace retrograd::report {
namespace {

constexpr double kStep = 0.01;  // between points of a curve: about 200 on a path of length 2
constexpr size_t kMostClasses = 12;
constexpr int64_t kMostPoints = 1500;
constexpr size_t kMostOutputs = 6;

double weight_of(std::span<const double> weights, size_t row) { return weights.empty() ? 1.0 : weights[row]; }

/// Points far enough from the one kept before, and always the first and the last.
class Thinned {
 public:
  void add(double x, double y, double threshold, bool last) {
    if (!points_.empty() && !last && std::abs(x - x_) + std::abs(y - y_) < kStep) return;
    x_ = x;
    y_ = y;
    points_.push_back({rounded(x), rounded(y), rounded(threshold)});
  }
  Json take() { return std::move(points_); }

 private:
  double x_ = 0, y_ = 0;
  Json points_ = Json::array();
};

std::vector<double> row_weights(const Dataset& data) {
  std::vector<double> weights;
  if (data.weight.empty()) return weights;
  for (int64_t row = 0; row < data.rows; ++row) weights.push_back(static_cast<double>(data.weight.at(row, 0)));
  return weights;
}

}  // namespace

Json ranking_curves(std::span<const double> scores, const std::vector<bool>& positive,
                    std::span<const double> weights) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
  double positives = 0, negatives = 0;
  for (const size_t i : order) (positive[i] ? positives : negatives) += weight_of(weights, i);
  if (!(positives > 0) || !(negatives > 0)) return nullptr;
  Thinned roc, pr;
  roc.add(0, 0, 1, true);
  double hits = 0, alarms = 0, area = 0, average = 0;
  for (size_t place = 0; place < order.size();) {
    const double score = scores[order[place]], hits_before = hits, alarms_before = alarms;
    for (; place < order.size() && scores[order[place]] == score; ++place)
      (positive[order[place]] ? hits : alarms) += weight_of(weights, order[place]);
    area += (alarms - alarms_before) * (hits + hits_before) / 2;
    const double precision = hits + alarms > 0 ? hits / (hits + alarms) : 0;
    average += (hits - hits_before) / positives * precision;
    roc.add(alarms / negatives, hits / positives, score, place == order.size());
    if (hits + alarms > 0) pr.add(hits / positives, precision, score, place == order.size());
  }
  return {
      {"roc", roc.take()}, {"pr", pr.take()}, {"auc", area / (positives * negatives)}, {"average_precision", average}};
}

Json reliability(std::span<const double> scores, const std::vector<bool>& positive, std::span<const double> weights) {
  constexpr int kBins = 10;
  struct Bin {
    double weight = 0, sum = 0, positive = 0;
  };
  std::vector<Bin> bins(kBins);
  for (size_t i = 0; i < scores.size(); ++i) {
    Bin& bin = bins[static_cast<size_t>(std::clamp(static_cast<int>(scores[i] * kBins), 0, kBins - 1))];
    const double w = weight_of(weights, i);
    bin.weight += w;
    bin.sum += w * scores[i];
    bin.positive += positive[i] ? w : 0.0;
  }
  Json json = Json::array();
  for (int b = 0; b < kBins; ++b) {
    const Bin& bin = bins[static_cast<size_t>(b)];
    if (!(bin.weight > 0)) continue;
    json.push_back({{"lower", static_cast<double>(b) / kBins},
                    {"upper", static_cast<double>(b + 1) / kBins},
                    {"weight", bin.weight},
                    {"mean", bin.sum / bin.weight},
                    {"share", bin.positive / bin.weight}});
  }
  return json;
}

namespace {

Json class_charts(const DataSpec& spec, const Dataset& data, std::span<const float> predictions,
                  const Results& results) {
  const std::vector<ClassScore>& scores =
      results.classification ? results.classification->classes : results.multilabel->labels;
  const size_t k = scores.size();
  const bool labels = spec.task == Task::multilabel;
  std::vector<size_t> shown(k);
  std::iota(shown.begin(), shown.end(), size_t{0});
  if (k == 2 && !labels) shown = {1};
  if (k > kMostClasses) {
    std::stable_sort(shown.begin(), shown.end(),
                     [&](size_t a, size_t b) { return scores[a].auc.value_or(1) < scores[b].auc.value_or(1); });
    shown.resize(kMostClasses);
  }
  const std::vector<double> weights = row_weights(data);
  Json json = {{"kind", "classes"}, {"classes", k}, {"curves", Json::array()}};
  for (const size_t c : shown) {
    std::vector<double> p;
    std::vector<bool> positive;
    for (int64_t row = 0; row < data.rows; ++row) {
      p.push_back(static_cast<double>(predictions[static_cast<size_t>(row) * k + c]));
      positive.push_back(labels ? data.target.at(row, static_cast<int>(c)) == 1
                                : static_cast<size_t>(data.target.at(row, 0)) == c);
    }
    Json curves = ranking_curves(p, positive, weights);
    if (curves.is_null()) continue;
    curves["name"] = scores[c].name;
    if (shown.size() == 1) json["reliability"] = reliability(p, positive, weights);
    json["curves"].push_back(std::move(curves));
  }
  return json;
}

Json number_charts(const DataSpec& spec, const Dataset& data, std::span<const float> predictions) {
  const std::vector<std::string> names = spec.classes();
  const size_t k = names.size();
  const std::vector<int64_t> rows = sample_rows(data.rows, kMostPoints);
  Json json = {{"kind", "numbers"}, {"rows", data.rows}, {"outputs", Json::array()}};
  for (size_t j = 0; j < std::min(k, kMostOutputs); ++j) {
    const auto predicted = [&](int64_t row) { return predictions[static_cast<size_t>(row) * k + j]; };
    Json points = Json::array();
    for (const int64_t row : rows)
      points.push_back({rounded(static_cast<double>(data.target.at(row, static_cast<int>(j)))),
                        rounded(static_cast<double>(predicted(row)))});
    std::vector<float> residuals;
    for (int64_t row = 0; row < data.rows; ++row)
      residuals.push_back(predicted(row) - data.target.at(row, static_cast<int>(j)));
    json["outputs"].push_back(
        {{"name", names[j]}, {"points", std::move(points)}, {"residuals", histogram(std::move(residuals), 40)}});
  }
  return json;
}

}  // namespace

Json charts(const DataSpec& spec, const Dataset& data, std::span<const float> predictions, const Results& results) {
  return spec.task == Task::regression ? number_charts(spec, data, predictions)
                                       : class_charts(spec, data, predictions, results);
}

}  // namespace retrograd::report
