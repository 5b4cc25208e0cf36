// Metrics: how good predictions are, computed from predictions, targets and row weights.
//
// The rules of all three reports:
//   * Every row counts with its weight (1 each if `weights` is empty); a row of weight 0 changes nothing. Sums run in
//     row order in double, logarithms are the library's own, so that a metric has the same bits on every machine.
//   * Nothing is NaN. A ratio whose denominator is 0 is 0 unless stated otherwise; what is averaged over classes leaves
//     out the classes that it says nothing about.
//   * Error is thrown for no rows, sizes that do not match, weights that are negative, not finite or all 0,
//     predictions that are not finite (or not in [0, 1] where they are probabilities), and targets that do not fit.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace retrograd {

/// One class (classification) or one label (multilabel), against the rest.
struct ClassScore {
  std::string name;
  double support = 0;         ///< weight of the rows that are of the class
  double predicted = 0;       ///< weight of the rows that are predicted to be
  double hits = 0;            ///< weight of the rows that are both
  double precision = 0;       ///< hits / predicted
  double recall = 0;          ///< hits / support
  double f1 = 0;              ///< 2·hits / (support + predicted)
  std::optional<double> auc;  ///< against the rest; absent where the rows are all or none of the class
};

/// Rows whose largest probability lies in [lower, upper); the last bin holds 1 too.
struct CalibrationBin {
  double lower = 0, upper = 0;
  double weight = 0;      ///< of its rows
  double confidence = 0;  ///< mean largest probability
  double accuracy = 0;    ///< share that was predicted right
};

/// One of K classes a row. The prediction is the class of the largest probability, the first of equals.
struct ClassificationReport {
  int64_t rows = 0;
  double weight = 0;    ///< sum of the row weights
  double loss = 0;      ///< mean training loss if it was given, else log_loss
  double log_loss = 0;  ///< mean of −ln p of the true class; p is taken as at least 1e-15
  double accuracy = 0;
  double balanced_accuracy = 0;  ///< mean recall over the classes that occur
  double macro_f1 = 0;           ///< mean F1 over the classes that occur or are predicted
  double weighted_f1 = 0;        ///< mean F1, each class weighted by its support
  /// Area under the ROC curve: the probability that a row of the class has a larger p of that class than one that is
  /// not, equals counting half (Hanley & McNeil, Radiology 143, 1982). Two classes: of the second one. More: the mean
  /// over the classes against their rest. NaN where no class can be ranked: all rows are of one class.
  double auc = 0;
  /// Expected calibration error, Σ_bins (weight / total)·|accuracy − confidence|, of `calibration` (Guo et al., "On
  /// calibration of modern neural networks", ICML 2017, eq. 3).
  double calibration_error = 0;
  double brier = 0;  ///< mean of Σ_k (p_k − [k is the class])², 0 … 2 (Brier, Monthly Weather Review 78, 1950)
  std::optional<double> top5 = {};       ///< share with the class among the 5 largest p; only when K > 10
  std::vector<ClassScore> classes = {};  ///< K of them
  std::vector<double> confusion =
      {};  ///< [K, K] row-major: weight of rows of class i predicted as j; empty if K > 1000
  std::vector<CalibrationBin> calibration = {};  ///< 15 of equal width
};

/// Any number of K labels a row. A label is predicted where its probability is above 0.5.
struct MultilabelReport {
  int64_t rows = 0;
  double weight = 0;
  double loss = 0;      ///< mean training loss if it was given, else log_loss
  double log_loss = 0;  ///< mean over rows and labels of −ln of the probability of what is so, taken as at least 1e-15
  double accuracy = 0;  ///< share of rows with every label right ("subset accuracy")
  double hamming = 0;   ///< share of labels that are wrong
  double micro_f1 = 0;  ///< of all labels thrown together
  double macro_f1 = 0;  ///< mean over the labels that occur or are predicted
  double auc = 0;       ///< mean over the labels that have both outcomes; NaN if none has
  std::vector<ClassScore> labels = {};
};

/// One number that is predicted, in the target's unit.
struct OutputScore {
  std::string name;
  double rmse = 0;  ///< √(mean squared error)
  double mae = 0;   ///< mean absolute error
  double r2 = 0;    ///< 1 − Σw(y − ŷ)² / Σw(y − ȳ)²; of a constant target 1 if it is met exactly, else 0
  double max_error = 0;
  double mean = 0, sd = 0;  ///< of the target: what predicting its mean would give as RMSE is sd
};

struct RegressionReport {
  int64_t rows = 0;
  double weight = 0;
  double loss = 0;                   ///< mean training loss if it was given, else mean of ½ Σ_outputs (ŷ − y)²
  double rmse = 0, mae = 0, r2 = 0;  ///< means over the outputs
  double max_error = 0;              ///< the largest over the outputs
  std::vector<OutputScore> outputs = {};
};

/// `probabilities` row-major [N, K], `targets` [N] class codes 0 … K−1, `weights` [N] or empty, `classes` K >= 2 names.
/// `loss`: the mean loss that training minimised, if it is not the log loss (label smoothing, class weights).
ClassificationReport classification_report(std::span<const float> probabilities, std::span<const float> targets,
                                           std::span<const float> weights, std::vector<std::string> classes,
                                           std::optional<double> loss = {});

/// `probabilities` and `targets` (0 or 1) row-major [N, K], `weights` [N] or empty, `labels` K >= 1 names.
MultilabelReport multilabel_report(std::span<const float> probabilities, std::span<const float> targets,
                                   std::span<const float> weights, std::vector<std::string> labels,
                                   std::optional<double> loss = {});

/// `predictions` and `targets` row-major [N, K], `weights` [N] or empty, `outputs` K >= 1 names.
RegressionReport regression_report(std::span<const float> predictions, std::span<const float> targets,
                                   std::span<const float> weights, std::vector<std::string> outputs,
                                   std::optional<double> loss = {});

/// One JSON object of every field by its name here; `top5` is left out where it is absent, an `auc` that there is none
/// of is null, "calibration_error" is the number and "calibration" the bins, "confusion" an array of K arrays
/// (left out if K > 1000). Bytes of names that are not UTF-8 become U+FFFD.
std::string to_json(const ClassificationReport& report);
std::string to_json(const MultilabelReport& report);
std::string to_json(const RegressionReport& report);

/// Aligned tables of at most 80 columns, ending in a newline. Of more than 30 classes the 30 with the lowest F1 are
/// shown, and of a confusion matrix too wide for a line its largest entries off the diagonal.
std::string to_text(const ClassificationReport& report);
std::string to_text(const MultilabelReport& report);
std::string to_text(const RegressionReport& report);

}  // namespace retrograd
