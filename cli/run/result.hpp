// What a run ends with: its parts measured, and its outcome for programs.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "retrograd/folds.hpp"
#include "retrograd/report.hpp"
#include "run/training_data.hpp"

namespace retrograd::cli {

/// What the model makes of each part. With `folds`, behind the rows trained on a part "out-of-fold": what each row is
/// predicted by the network that did not see it; `held_out` keeps these rows where they are not all.
std::vector<ReportPart> measured_parts(const TrainingData& data, const Settings& settings, const Model& model,
                                       const FoldsTrained* folds, Dataset& held_out, int threads);

/// What is left for training of so many seconds since `begun`; some are kept for writing the model.
double time_for_training(double seconds, std::chrono::steady_clock::time_point begun);

/// What --json prints of training and of the parts.
nlohmann::json result_of(const Model& model, const Trained& trained, const std::vector<ReportPart>& parts);

}  // namespace retrograd::cli
