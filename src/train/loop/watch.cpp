#include "train/loop/watch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "retrograd/evaluate.hpp"

namespace retrograd::training {

bool larger_is_better(const std::string& metric) {
  return metric == "accuracy" || metric == "auc" || metric == "macro_f1" || metric == "r2";
}

double watched(const std::string& metric, const DataSpec& spec, const Rows& rows, const Evaluation& evaluation) {
  const double mean = evaluation.weight > 0 ? evaluation.loss / evaluation.weight : 0;
  if (metric == "loss") return mean;
  const auto finite = [](float p) { return std::isfinite(p); };
  if (!std::ranges::all_of(evaluation.predictions, finite)) return std::numeric_limits<double>::quiet_NaN();
  return compare(spec, *rows.data, evaluation.predictions, mean).metric(metric);
}

bool EarlyStopping::report(int epoch, double metric) {
  if (std::isnan(metric)) return false;
  const double signed_metric = sign_ * metric;
  const bool better = patience_ > 0 ? signed_metric < best_ : signed_metric <= best_;
  if (best_epoch_ > 0 && !better) return false;
  best_ = signed_metric;
  best_epoch_ = epoch;
  return true;
}

}  // namespace retrograd::training
