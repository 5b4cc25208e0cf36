// What is drawn of predictions against truth: ROC, precision-recall, calibration, residuals.
#pragma once

#include <span>

#include "report/json.hpp"
#include "retrograd/evaluate.hpp"

namespace retrograd::report {

/// ROC and precision-recall curve of one score (Davis & Goadrich, "The relationship between precision-recall and ROC
/// curves", ICML 2006): a point after each group of equal scores, thinned to at most about 200 by distance. Rows
/// weigh `weights` (1 each if empty). {"roc": [[false positive rate, true positive rate, threshold] …], "pr": [[recall,
/// precision, threshold] …], "auc", "average_precision"}, the last Σ (R_i − R_{i−1})·P_i over all groups; null where
/// all rows are positive or none is.
Json ranking_curves(std::span<const double> scores, const std::vector<bool>& positive, std::span<const double> weights);

/// Ten bins of equal width of a probability: [{"lower", "upper", "weight", "mean": predicted, "share": observed}].
Json reliability(std::span<const double> scores, const std::vector<bool>& positive, std::span<const double> weights);

/// The charts of one part: by task {"kind": "classes", "curves": [{"name", …ranking_curves}], "reliability"} or
/// {"kind": "numbers", "outputs": [{"name", "points": [[actual, predicted] …], "residuals": histogram}]}. At most 12
/// classes (the lowest AUC first when there are more) and 1,500 points.
Json charts(const DataSpec& spec, const Dataset& data, std::span<const float> predictions, const Results& results);

}  // namespace retrograd::report
