// How many threads train: measured where the work of a step leaves it open.
#pragma once

#include <string>
#include <vector>

#include "train/engine/engine.hpp"

namespace retrograd::training {

/// The number of threads that takes the shortest step, for float32. `setup.options->threads` is the estimate by the
/// work of a step (complete()); it stands where there is one core, and where the work is far from the point at which
/// another thread pays, or the network is large. In between a few steps are timed on engines of their own, from
/// `initial` [program.total_size]: barriers cost ten times as much on one machine as on another, and no table knows
/// that. The model does not depend on the answer. Appends a line that says what was decided and why.
int choose_threads(const EngineSetup& setup, const std::vector<double>& initial, std::vector<std::string>& decisions);

}  // namespace retrograd::training
