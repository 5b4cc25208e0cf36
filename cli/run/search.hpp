// What a run with --time-budget or --trials asks of the search, and what it writes of it.
#pragma once

#include <string>
#include <vector>

#include "retrograd/search.hpp"
#include "settings/settings.hpp"

namespace retrograd::cli {

/// Whether the settings ask for a search.
bool searches(const Settings& settings);

/// What is given a default by several ranks, or one that mpirun started: into how many shards they cut a batch, or how
/// many trials they have under way at a time; nothing where each fold is trained whole by one of them.
void set_for_ranks(Settings& settings, int ranks);

/// Throws Error for settings that do not go with a search, naming the setting and what to do.
void check_search(const Settings& settings);

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
