// Cross-validation and bagging: K networks, each trained without one K-th of the rows, scored on these rows, and kept
// together as one model.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "retrograd/data.hpp"
#include "retrograd/evaluate.hpp"
#include "retrograd/model.hpp"
#include "retrograd/train.hpp"

namespace retrograd {

/// The rows of `rows` in `folds` parts: element k has those of fold k as `valid` and all others as `train`, each
/// ascending. Sizes differ by at most one; with `classes` (the class of each row, or empty) so do the rows of every
/// class. A function of its arguments alone: rows are dealt out in the order of their random numbers of (seed, row).
/// Throws Error unless 2 <= folds <= rows.
std::vector<SplitRows> fold_rows(int64_t rows, int folds, uint64_t seed, const std::vector<int>& classes);

/// One model of several of the same inputs and task: each keeps its preprocessing and its parameters (layers and
/// parameters of model k get the suffix "_fk"), and the prediction is the mean of theirs: of probabilities, or of
/// values. The loss is the mean of the members' losses; of a regression all are taken in the unit of the standardised
/// target of `data`. One model is returned as it is. Throws Error for models that differ in what they read or predict,
/// and for more than 64 networks in all.
Model bag(const std::vector<Model>& models, const Dataset& data);

struct Fold {
  int number = 0;             ///< from 1
  std::vector<int64_t> rows;  ///< held out, ascending
  Results results;            ///< on them
  Trained trained;
};

struct FoldsTrained {
  /// `model` is the bag of all folds that were begun. `history` has the means over the folds, epoch by epoch;
  /// `best_epoch` is the median of theirs, `steps` and `seconds` are sums.
  Trained trained;
  std::vector<Fold> folds;
  std::vector<int64_t> rows;       ///< of `data`, ascending: those held out by some fold
  std::vector<float> predictions;  ///< of these rows, each by the network that did not see it [rows][outputs]
  Results out_of_fold;             ///< all of these rows together
};

/// The network of a fold, from the rows it trains on: so that means, scales and bins are of these rows alone.
using MakeNetwork = std::function<Prepared(const Dataset& train)>;

/// Trains a network a fold and bags them. A fold's held-out rows also choose its best epoch. Fold k is trained with the
/// seed options.seed + k − 1; the batch size, rate, decay and metric that are left open are decided once, by the first
/// fold. `callbacks(k)` gives the callbacks of fold k, from 1. `options.time_limit` is for all folds together. With a
/// folder for checkpoints each fold has its own inside it, and a run that was stopped in any way goes on to the same
/// bits. Throws Error as train() does, for impossible `folds`, and for `options.peers`.
FoldsTrained train_folds(const MakeNetwork& make, const DataSpec& spec, const Dataset& data, int folds,
                         const TrainOptions& options, const std::function<Callbacks(int fold)>& callbacks = {});

/// Measures every fold's model on the rows that it held out, and all of them together: fills `results`, `rows`,
/// `predictions` and `out_of_fold` by the models that are there.
void score_folds(FoldsTrained& folds, const Dataset& data, int threads = 0);

/// Several ranks train the folds, each of them whole on one rank, whoever is free: all ranks of `options.peers` call it
/// with the same arguments. What they leave are finished checkpoints in `options.checkpoint.folder`, which all must
/// see; then the first one calls train_folds() with checkpoint.resume and without peers, for the result that it would
/// have had alone. `callbacks`: of the first rank; what its `step` asks for stops all. Throws Error as train_folds()
/// does, and without a folder.
void train_folds_apart(const MakeNetwork& make, const DataSpec& spec, const Dataset& data, int folds,
                       const TrainOptions& options, const std::function<Callbacks(int fold)>& callbacks = {});

/// Mean and standard deviation (with n − 1) over the folds of one of the metrics of Results::metric.
struct FoldSpread {
  double mean = 0, sd = 0;
};
FoldSpread spread(const std::vector<Fold>& folds, const std::string& metric);

/// The number that a task is usually judged by: "accuracy", "rmse" or "loss".
std::string headline_metric(Task task);

}  // namespace retrograd
