// An automatic search over the few settings that matter most, within a time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "retrograd/train.hpp"

namespace retrograd {

struct SearchOptions {
  double seconds = 60;  ///< for all trials together; infinite: as many as `trials`
  /// Settings that stay: hidden, dropout, lr, members, share_weights, epochs, bins, bins_of, embedding.
  std::vector<std::string> fixed;
  int trials = 0;  ///< at most, the given settings among them; 0: as many as there is time for
  /// A trial knows the outcome of the first one and of those that many before it, and no other: so that as many may be
  /// under way at a time.
  int concurrent = 1;
  std::string folder = {};  ///< of several ranks: one that all can write, for this search alone; it is removed
};

/// One training run of a search.
struct Trial {
  int number = 0;  ///< of the candidate; 0: the settings as they were given
  /// What differs from these, by the names of the command line's settings.
  std::vector<std::pair<std::string, std::string>> changes = {};
  NetworkOptions network;
  TrainOptions training;
  std::string metric = {};           ///< the validation metric that decides
  std::optional<double> value = {};  ///< its best; none: the trial failed
  int epochs = 0, best_epoch = 0;
  double seconds = 0;
  std::string ended = {};        ///< why: all epochs, given up early, the time, an error
  std::string fingerprint = {};  ///< of its model
  bool improved = false;         ///< better than all before it
};

struct SearchCallbacks {
  /// The callbacks of a trial, whose outcome is not known yet. A `step` that returns true ends the search.
  std::function<Callbacks(const Trial&)> of;
  /// After each trial; `best` is its run where it is the best so far, else null.
  std::function<void(const std::vector<Trial>& trials, const Prepared& prepared, const Trained* best)> done;
  std::function<void(const std::string&)> log;
  /// While a trial runs that is the best so far, after an epoch that made it so: at the first one, then at most every
  /// 20th part of the time, or minute. The argument, called within the callback, gives its run if it ended here.
  std::function<void(const Trial& trial, const Prepared& network, const std::function<Trained()>& so_far)> improved;
};

struct Searched {
  Trained trained;  ///< of the best trial; `finished` is false if a callback ended the search
  Prepared prepared;
  std::vector<Trial> trials;
  size_t best = 0;  ///< its index in `trials`
};

/// The network of some options, from the rows that are trained on.
using MakeCandidate = std::function<Prepared(const NetworkOptions&)>;

/// Trains the given settings first; then, where they are those of the preset table or of its kind, two ensembles
/// of such networks, sharing weights as in the preset tabm and apart; then candidates near the best so far: width and
/// depth, dropout, the learning rate, networks side by side or sharing weights, bins and waves of numbers. What
/// candidate k is depends on the seed, k and the outcome of the trials before it, but for the last `concurrent` − 1. A
/// trial that is behind when its schedule is at 1/15, 3/15 and 7/15 (where coslog4 ends a wave) is given up: it goes on
/// only if it is in the better half of those trials (successive halving, Jamieson & Talwalkar, AISTATS 2016;
/// asynchronous as by Li et al., MLSys 2020). The given settings are never given up, so the result is not worse than
/// they are on the validation rows; if the time is too short for all their epochs there are fewer of them. A candidate
/// that would not be done in time, by its arithmetic beside the first one's, is passed over. Only `valid` decides.
/// Checkpoints are not written. Throws what train() throws for the given settings; a candidate that fails is a trial
/// without a value.
///
/// With `training.peers` every trial is trained whole by one of the ranks, whoever is free: the first one calls
/// search(), the others join_search() with the same arguments. Where no clock decides (`seconds` infinite) trials and
/// model are those of one process with the same `concurrent`, to the bit. A `step` that returns true ends it on all of
/// them.
Searched search(const MakeCandidate& make, const DataSpec& spec, const Dataset& data, const Dataset& valid,
                const NetworkOptions& network, const TrainOptions& training, const SearchOptions& options,
                const SearchCallbacks& callbacks = {});
void join_search(const MakeCandidate& make, const DataSpec& spec, const Dataset& data, const Dataset& valid,
                 const NetworkOptions& network, const TrainOptions& training, const SearchOptions& options);

}  // namespace retrograd
