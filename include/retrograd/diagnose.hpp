// What is wrong with a training set-up, with the numbers that show it and what a change would do, measured.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "retrograd/data.hpp"
#include "retrograd/layer_statistics.hpp"
#include "retrograd/model.hpp"
#include "retrograd/train.hpp"

namespace retrograd {

/// One number as it is, and what it was when the change was made and run.
struct Counterfactual {
  std::string change;    ///< "He initialisation", "learning rate ÷ 10"
  std::string quantity;  ///< "loss after 100 steps", "‖δ‖ of z1 in the first step"
  double as_is = 0, changed = 0;
};

struct Finding {
  std::string id;     ///< one of diagnosis_ids()
  std::string title;  ///< a few words
  std::string layer;  ///< where, or empty
  std::string what;   ///< the evidence in a sentence
  std::vector<std::pair<std::string, double>> evidence;
  std::string cause, remedy;  ///< a sentence each
  std::vector<Counterfactual> measured;
  std::string command;  ///< one command that tries the remedy, or empty where the command line has none
  std::string explain;  ///< the `retrograd explain` command whose derivation shows it
};

struct Diagnosis {
  int64_t rows = 0;          ///< rows that were measured
  double loss = 0;           ///< mean loss of the model on them
  double constant_loss = 0;  ///< of the best constant output: what a model must beat
  double held_out = 0;       ///< share of constant_loss that a small reference network saves on rows it has not seen
  std::vector<LayerStatistics> layers;  ///< of the model, on these rows; update_ratio is 0
  std::vector<Finding> findings;        ///< causes before symptoms; empty: healthy
  bool healthy() const { return findings.empty(); }
  bool has(std::string_view id) const;
  std::string to_text() const;  ///< at most 80 columns
  std::string to_json() const;  ///< one JSON object
};

struct DiagnoseOptions {
  /// How the model was trained, as far as it is known: optimiser, rate, batch, seed. Changes are tried with the same.
  TrainOptions training;
  /// Of that training, or empty: then nothing is said of over-fitting.
  std::vector<EpochReport> history;
  int64_t rows = 1024;  ///< of the data that are measured, drawn evenly if there are more; at least 8
  uint64_t seed = 1;    ///< of that draw
  std::string model = "MODEL", data = "DATA";  ///< how the commands name them
};

/// Looks for mistakes. `data` should be training data: targets are needed. Nothing is judged by a fixed size of a
/// number alone: the network is compared with the same network built well, and what can be tried is tried (the steps
/// are run with the change), so that a finding also costs something that was measured. Takes seconds.
/// Throws Error if the data do not fit the model's inputs or the model has no loss.
Diagnosis diagnose(const Model& model, const Dataset& data, const DiagnoseOptions& options = {});

/// The model before its first step, as train() would start it: for set-ups whose training fails.
Model untrained(const Prepared& prepared, const DataSpec& spec, const TrainOptions& options);

/// Identifiers of all findings, causes before symptoms.
std::vector<std::string_view> diagnosis_ids();

/// Warnings of classic mistakes, before training: an initial loss far from that of a constant output, 32 rows that
/// cannot be fitted, targets out of their loss's range, classes without rows, columns that never change. Costs at most
/// some 10^10 floating-point operations. Empty for healthy set-ups. Throws Error if the data do not fit the network.
std::vector<std::string> check_before_training(const Prepared& prepared, const DataSpec& spec, const Dataset& data,
                                               const TrainOptions& options);

}  // namespace retrograd
