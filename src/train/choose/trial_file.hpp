// What ranks leave of a trial for the others, as files that only live while the search does.
#pragma once

#include <string>

#include "train/choose/trial_board.hpp"

namespace retrograd::training {

std::string outcome_bytes(const Outcome& outcome);
Outcome read_outcome(const std::string& path);

/// Model and history. The options are not kept.
std::string trained_bytes(const Trained& trained);
Trained read_trained(const std::string& path, const DataSpec& spec);

}  // namespace retrograd::training
