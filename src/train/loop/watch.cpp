#include "train/loop/watch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/fail.hpp"
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

void check_watched(const std::string& metric, const Rows& rows) {
  if (metric != "auc") return;
  const Block& target = rows.data->target;
  for (int c = 0; c < target.cols; ++c) {
    std::optional<float> first;
    for (int64_t n = 0; n < target.rows(); ++n) {
      if (rows.weight(n) == 0) continue;
      if (first && *first != target.at(n, c)) return;
      first = target.at(n, c);
    }
  }
  fail(
      "metric 'auc': all validation rows are of one class, and so there is no AUC; choose another metric, or give "
      "validation data of all classes");
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
