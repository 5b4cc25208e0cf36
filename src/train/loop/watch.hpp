// The number watched on validation data: which epoch is best, and when to stop.
#pragma once

#include <string>

#include "retrograd/data.hpp"
#include "train/engine/engine.hpp"

namespace retrograd::training {

/// True if larger is better (accuracy, auc, macro_f1, r2).
bool larger_is_better(const std::string& metric);

/// The metric of an evaluation of `rows`; NaN if a prediction is not finite: the run diverges, which the next loss
/// tells.
double watched(const std::string& metric, const DataSpec& spec, const Rows& rows, const Evaluation& evaluation);

/// Throws Error if the metric is the AUC, and all rows that count are of one class.
void check_watched(const std::string& metric, const Rows& rows);

/// Which epoch was best so far, and how long ago.
class EarlyStopping {
 public:
  EarlyStopping(bool larger_is_better, int patience) : sign_(larger_is_better ? -1 : 1), patience_(patience) {}
  /// Reports the metric of an epoch (1, 2, …); true if it is the best so far. Of equals the first counts, so that
  /// patience can end; without patience the last, which has trained longest. NaN never is the best.
  bool report(int epoch, double metric);
  int best_epoch() const { return best_epoch_; }
  /// The metric of that epoch, sign turned so that smaller is better.
  double best() const { return best_; }
  /// Goes on from numbers that best() and best_epoch() gave.
  void restore(double best, int best_epoch) {
    best_ = best;
    best_epoch_ = best_epoch;
  }
  /// Patience is over: `patience` epochs without a new best (0: never).
  bool over(int epoch) const { return patience_ > 0 && epoch - best_epoch_ >= patience_; }

 private:
  double sign_;
  int patience_;
  double best_ = 0;
  int best_epoch_ = 0;
};

}  // namespace retrograd::training
