// What a run with --calibrate asks for and tells.
#pragma once

#include <string>

#include "retrograd/calibrate.hpp"
#include "run/training_data.hpp"

namespace retrograd::cli {

/// Throws Error where there is nothing to calibrate, or nothing to calibrate by. `folds`: rows out of fold will do.
void check_calibration(const TrainingData& data, bool folds);

/// A line for the log: the temperature, and how good the probabilities were and are.
std::string calibration_line(const Calibration& calibration, bool folds);

}  // namespace retrograd::cli
