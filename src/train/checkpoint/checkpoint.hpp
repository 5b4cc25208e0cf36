// What a checkpoint holds, and its form in a manifest and tensors.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "graph/program.hpp"
#include "optim/optimizer.hpp"
#include "optim/schedule.hpp"
#include "retrograd/checkpoint.hpp"
#include "retrograd/train.hpp"
#include "train/checkpoint/safetensors.hpp"

namespace retrograd::training {

/// Where a run is. Random numbers are functions of (seed, epoch, step), so these are also the position of those.
struct Position {
  int epoch = 1;             ///< at hand
  int64_t row = 0;           ///< rows of the epoch that were visited
  int64_t step = 0;          ///< done since the start
  double loss = 0;           ///< Σ w·l of the epoch so far
  double weight = 0;         ///< Σ w of the epoch so far
  double learning_rate = 0;  ///< of the last step
  double epoch_seconds = 0, seconds = 0;
  double factor = 1;  ///< of the learning rate, by callbacks and after divergence
  optim::PlateauState plateau;
  double best_metric = 0;  ///< of the best epoch, sign turned so that smaller is better
  int best_epoch = 0;
  int restores = 0;  ///< after divergence
  int tries = 0;     ///< of these, from this place
};

/// A position with the numbers that training changes.
struct Snapshot {
  Position position;
  std::vector<double> parameters;          ///< [total_size], running statistics included
  std::vector<std::vector<double>> slots;  ///< of the optimiser, each [trained_size]
};

struct Checkpoint {
  Snapshot now;
  std::optional<Snapshot> good;         ///< where to go back to when training diverges; only if that was asked for
  std::vector<double> best;             ///< parameters of the best epoch [total_size]; empty: none yet
  std::vector<EpochReport> history;     ///< of whole epochs
  std::vector<LayerStatistics> layers;  ///< of the epoch at hand, if it was observed
  bool finished = false;
  std::string stopped;      ///< why, if finished
  std::string fingerprint;  ///< of the model, if finished
  nlohmann::json identity;  ///< see identity.hpp
  std::map<std::string, std::string> notes;
};

/// What decides names, types and shapes of the tensors.
struct CheckpointLayout {
  const graph::ForwardProgram* program = nullptr;
  std::vector<std::string> slots;  ///< names of the optimiser's
  Precision precision = Precision::float32;
  const TrainOptions* options = nullptr;
  bool has_valid = false;
};

/// What is kept of a layer, in the order that it is written in.
inline constexpr double LayerStatistics::*kStatistics[] = {
    &LayerStatistics::delta,        &LayerStatistics::dW,         &LayerStatistics::W,
    &LayerStatistics::update_ratio, &LayerStatistics::z,          &LayerStatistics::wires,
    &LayerStatistics::amplifiers,   &LayerStatistics::gain_low,   &LayerStatistics::gain_median,
    &LayerStatistics::gain_high,    &LayerStatistics::share_dead, &LayerStatistics::share_saturated};

nlohmann::json manifest_of(const Checkpoint& checkpoint);
std::string tensors_of(const Checkpoint& checkpoint, const CheckpointLayout& layout);

/// The checkpoint from its two files, which may come from anyone. `initial` [total_size] gives what no tensor holds
/// (padding). `name` is for messages. Throws Error saying what is wrong.
Checkpoint read_checkpoint(const nlohmann::json& manifest, std::string tensors, const CheckpointLayout& layout,
                           const std::vector<double>& initial, const std::string& name);

/// The part of a manifest that needs no network to be understood. Throws Error saying what is wrong.
CheckpointInfo info_of(const nlohmann::json& manifest, const std::string& name);

}  // namespace retrograd::training
