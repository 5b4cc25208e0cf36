// How good a model is on data with targets.
#pragma once

#include <optional>
#include <string>

#include "retrograd/metrics.hpp"
#include "retrograd/model.hpp"

namespace retrograd {

/// The report of one task; exactly one of the three is set.
struct Results {
  std::optional<ClassificationReport> classification;
  std::optional<MultilabelReport> multilabel;
  std::optional<RegressionReport> regression;

  /// One of loss, accuracy, auc (NaN where there is none), macro_f1, log_loss, rmse, mae, r2. Throws Error if the task
  /// has no such metric.
  double metric(const std::string& name) const;
  std::string one_line() const;
  std::string to_text() const;  ///< tables that read well in 80 columns
  std::string to_json() const;  ///< one JSON object
};

/// Predicts and compares. Throws Error if the data do not fit or have no target.
Results evaluate(const Model& model, const Dataset& data, int threads = 0);

/// The same from predictions [data.rows][outputs] that were made before, and their mean loss.
Results compare(const DataSpec& spec, const Dataset& data, const std::vector<float>& predictions, double mean_loss);

}  // namespace retrograd
