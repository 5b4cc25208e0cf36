// Temperature scaling: probabilities that are as often right as they say.
#pragma once

#include <cstdint>
#include <optional>

#include "retrograd/data.hpp"
#include "retrograd/folds.hpp"
#include "retrograd/model.hpp"

namespace retrograd {

/// How good probabilities are: see ClassificationReport. Of several labels only the first is known.
struct ProbabilityScore {
  double log_loss = 0;
  std::optional<double> calibration_error, brier;
};

struct Calibration {
  Model model;  ///< with the temperature in it
  double temperature = 1;
  int64_t rows = 0;                ///< that it was fitted to
  ProbabilityScore before, after;  ///< on these rows
};

/// The model with its logits divided by the one temperature T > 0 that makes the log loss on `data` smallest: z → z/T
/// before softmax or sigmoid, for every member of an ensemble alike (Guo, Pleiss, Sun & Weinberger, "On calibration of
/// modern neural networks", ICML 2017, section 4.2). Which class is the most probable does not change for a single
/// network. T is searched from 1/20 to 20 and stands in the network as a layer "calibrated" before the loss; of a model
/// that has one it is replaced. Many rows are sampled evenly. The result depends on neither `threads` nor SIMD target.
/// Throws Error for a model that predicts no probabilities, and for data without rows or target.
Calibration calibrate(const Model& model, const Dataset& data, int threads = 0);

/// The same for folds: one temperature for all, fitted to the rows of `data` that were out of a fold, each by the
/// network that did not see it. Models, results and predictions in `folds` become the calibrated ones.
Calibration calibrate(FoldsTrained& folds, const Dataset& data, int threads = 0);

/// The temperature in a model; none if it was not calibrated.
std::optional<double> temperature(const Model& model);

}  // namespace retrograd
