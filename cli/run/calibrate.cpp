#include "run/calibrate.hpp"

#include <fmt/format.h>

#include "base/fail.hpp"

namespace retrograd::cli {

void check_calibration(const TrainingData& data, bool folds) {
  if (data.spec.task == Task::regression)
    fail("--calibrate is for probabilities; the target is a number; leave out --calibrate");
  if (!folds && !data.valid)
    fail("--calibrate needs validation data, and there are none; give --valid, or a larger --valid-fraction");
}

std::string calibration_line(const Calibration& calibration, bool folds) {
  const auto change = [](const char* name, std::optional<double> before, std::optional<double> after) {
    return before ? fmt::format(", {} {:.5f}, before {:.5f}", name, *after, *before) : std::string();
  };
  const ProbabilityScore &before = calibration.before, &after = calibration.after;
  return fmt::format("calibrated on {} {} rows: temperature {:.4g}{}{}", calibration.rows,
                     folds ? "out-of-fold" : "validation", calibration.temperature,
                     change("log loss", before.log_loss, after.log_loss),
                     change("calibration error", before.calibration_error, after.calibration_error));
}

}  // namespace retrograd::cli
