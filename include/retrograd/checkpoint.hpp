// Checkpoints: what a run writes on its way, so that it goes on after any end exactly as if there had been none.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace retrograd {

/// Where and when train() writes checkpoints, and whether it goes on from one. docs/checkpoints.md has the format.
struct CheckpointOptions {
  /// Made if missing; belongs to one run. Empty: no checkpoints.
  std::string folder;
  /// "60s", "5m", "500steps", "2epochs"; "none": only the first, and the last before train() returns.
  std::string every = "60s";
  /// Go on from the newest checkpoint in `folder` that is whole, with the same data, network and options: the result is
  /// the same to the bit as without the stop. `threads`, `every`, the time limit and on_divergence may differ, `epochs`
  /// may grow.
  bool resume = false;
  /// Kept in each checkpoint, for the caller. UTF-8.
  std::map<std::string, std::string> notes;
};

/// What a checkpoint says of its run.
struct CheckpointInfo {
  std::string file;           ///< its manifest
  int epoch = 0, epochs = 0;  ///< at hand, from 1 (epochs + 1 after the last); of the run
  int64_t step = 0;           ///< done
  bool finished = false;      ///< the run came to its end: there is nothing left to train
  std::string stopped;        ///< why, if it is finished
  int epochs_done = 0;        ///< whole ones
  int best_epoch = 0;         ///< so far on validation data; 0: none yet
  std::string fingerprint;    ///< of the model, if finished
  std::string version;        ///< of the program that wrote it
  std::map<std::string, std::string> notes;
  std::vector<std::string> warnings;  ///< newer ones that are damaged, a line each
};

/// The newest checkpoint in `folder` that is whole; none if there is no folder, or no checkpoint in it. Reads and
/// checks every byte of it. Throws Error if there are some, but all are damaged.
std::optional<CheckpointInfo> latest_checkpoint(const std::string& folder);

}  // namespace retrograd
