// What a run with --time-budget asks of the search, and what it writes of it.
#pragma once

#include <string>
#include <vector>

#include "retrograd/search.hpp"
#include "settings.hpp"

namespace retrograd::cli {

/// Throws Error for settings that do not go with --time-budget, naming the setting and what to do. `ranks`: whether
/// several processes train.
void check_search(const Settings& settings, bool ranks);

/// `asked`: what the user gave, which is not varied.
SearchOptions search_options(const Settings& settings, const Settings& asked);

/// The settings of a trial, from those of the run: they repeat it.
Settings of_trial(Settings settings, const Trial& trial);

/// Moves the checkpoints of an earlier run in this folder away, as --resume would go on with them. A line to tell of
/// it, or nothing.
std::string set_aside_checkpoints(const std::string& run_folder);

/// A line for the log.
std::string trial_line(const Trial& trial);

/// "trial,changes,metric,value,best_epoch,epochs,seconds,improved,fingerprint,ended", a line a trial.
std::string trials_file(const std::vector<Trial>& trials);

}  // namespace retrograd::cli
