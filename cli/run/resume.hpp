// retrograd train --resume DIR: the run that a folder's checkpoint belongs to.
#pragma once

#include <string>
#include <string_view>

#include "retrograd/checkpoint.hpp"
#include "settings/settings.hpp"

namespace retrograd::cli {

struct Resumption {
  Settings settings;  ///< what this part of the run uses: as recorded, with what was given now
  Settings recorded;  ///< what is written into the model; threads and the like stay as they were, so that bytes do too
  CheckpointInfo info;
  bool same = true;  ///< nothing was given that could change the result
};

/// Reads the newest checkpoint of the run in `folder`. `config`: a file given with --config, or empty. Throws Error if
/// there is no checkpoint, naming what to do.
Resumption resume(const std::string& folder, const std::string& config, const Settings& flags);

/// The note of a calibrated model with the fingerprint of the one that was trained, which the checkpoints know.
inline constexpr std::string_view kUncalibrated = "uncalibrated";

/// Where a run keeps its checkpoints.
std::string checkpoint_folder(const std::string& run_folder);
/// The same of a model as people name it: a run's folder, or the model file in it.
std::string checkpoints_beside(const std::string& model);

/// "20 epochs, the best is 12; all 20 epochs are done": what a model says of its training.
std::string about_training(int64_t epochs, int best_epoch, const std::string& stopped);

/// What becomes of a trained model that could not be written: "; the run is kept …", or nothing if it is lost.
std::string after_failed_write(const std::string& run_folder);

/// The first file that a finished run leaves beside its model and that is not in the folder, or nothing.
std::string lost_file(const std::string& folder, bool with_report, bool with_folds);

/// Whether the folder holds the model of a finished run, complete.
bool holds_result(const std::string& folder, const CheckpointInfo& info);

}  // namespace retrograd::cli
