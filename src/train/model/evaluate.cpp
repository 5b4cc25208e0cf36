#include "retrograd/evaluate.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/fail.hpp"

namespace retrograd {
namespace {

std::optional<double> find_metric(const Results& r, const std::string& name) {
  if (r.classification) {
    const ClassificationReport& c = *r.classification;
    if (name == "loss") return c.loss;
    if (name == "log_loss") return c.log_loss;
    if (name == "accuracy") return c.accuracy;
    if (name == "auc") return c.auc;
    if (name == "macro_f1") return c.macro_f1;
  } else if (r.multilabel) {
    const MultilabelReport& m = *r.multilabel;
    if (name == "loss") return m.loss;
    if (name == "log_loss") return m.log_loss;
    if (name == "accuracy") return m.accuracy;
    if (name == "auc") return m.auc;
    if (name == "macro_f1") return m.macro_f1;
  } else if (r.regression) {
    const RegressionReport& g = *r.regression;
    if (name == "loss") return g.loss;
    if (name == "rmse") return g.rmse;
    if (name == "mae") return g.mae;
    if (name == "r2") return g.r2;
  }
  return std::nullopt;
}

std::string area(double auc) { return std::isnan(auc) ? "-" : fmt::format("{:.4f}", auc); }

}  // namespace

double Results::metric(const std::string& name) const {
  const std::optional<double> value = find_metric(*this, name);
  if (!value)
    fail("there is no metric '{}' for this task; choose one of {}", name,
         regression ? "loss, rmse, mae, r2" : "loss, accuracy, auc, macro_f1, log_loss");
  return *value;
}

std::string Results::one_line() const {
  if (regression)
    return fmt::format("RMSE {:.5g}, MAE {:.5g}, R² {:.4f}, loss {:.5f} ({} rows)", regression->rmse, regression->mae,
                       regression->r2, regression->loss, regression->rows);
  if (multilabel)
    return fmt::format("all labels right {:.4f}, hamming {:.4f}, macro F1 {:.4f}, AUC {}, loss {:.5f} ({} rows)",
                       multilabel->accuracy, multilabel->hamming, multilabel->macro_f1, area(multilabel->auc),
                       multilabel->loss, multilabel->rows);
  return fmt::format("accuracy {:.4f}, AUC {}, macro F1 {:.4f}, log loss {:.5f} ({} rows)", classification->accuracy,
                     area(classification->auc), classification->macro_f1, classification->log_loss,
                     classification->rows);
}

std::string Results::to_text() const {
  return regression   ? retrograd::to_text(*regression)
         : multilabel ? retrograd::to_text(*multilabel)
                      : retrograd::to_text(*classification);
}

std::string Results::to_json() const {
  return regression   ? retrograd::to_json(*regression)
         : multilabel ? retrograd::to_json(*multilabel)
                      : retrograd::to_json(*classification);
}

Results compare(const DataSpec& spec, const Dataset& data, const std::vector<float>& predictions, double mean_loss) {
  if (data.target.empty()) fail("the data have no target to compare with");
  Results results;
  const auto targets = data.target.floats(), weights = data.weight.floats();
  switch (spec.task) {
    case Task::classification:
      results.classification = classification_report(predictions, targets, weights, spec.classes(), mean_loss);
      break;
    case Task::multilabel:
      results.multilabel = multilabel_report(predictions, targets, weights, spec.classes(), mean_loss);
      break;
    case Task::regression:
      results.regression = regression_report(predictions, targets, weights, spec.classes(), mean_loss);
      break;
  }
  return results;
}

Results evaluate(const Model& model, const Dataset& data, int threads) {
  const Model::Measured measured = model.measure(data, threads);
  return compare(model.spec(), data, measured.predictions, measured.loss.mean());
}

}  // namespace retrograd
