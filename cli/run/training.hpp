// A training run of the command line: reads, trains, writes model, history and report.
#pragma once

#include <string>

#include "parallel/peers.hpp"
#include "run/resume.hpp"
#include "settings/settings.hpp"

namespace retrograd::cli {

inline constexpr const char* kDefaultFolder = "retrograd-run";

/// What the command line says besides the settings.
struct TrainFlags {
  std::string config, out = kDefaultFolder, resume;
  Settings flags;
  bool json = false, quiet = false, no_report = false, tensorboard = false;
};

/// `resumption`: the run to go on with, or null; `peers`: the other ranks, or null. Returns the exit code; throws
/// Error.
int run_training(const TrainFlags& flags, Settings settings, const Resumption* resumption, Peers* peers);

}  // namespace retrograd::cli
