// Bootstrap intervals of metrics (Efron & Tibshirani, "An introduction to the bootstrap", 1993, chapter 13).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "retrograd/evaluate.hpp"

namespace retrograd::report {

/// A metric with the interval that holds 95 % of its resampled values.
struct Interval {
  std::string metric;
  double value = 0;                           ///< NaN: an AUC that there is none of
  std::optional<double> low = {}, high = {};  ///< absent where resampling says too little or costs too much
};

struct Intervals {
  int resamples = 0;
  int64_t rows = 0;  ///< that each resample draws; fewer than there are: the deviations are scaled by √(rows/all)
  std::vector<Interval> metrics = {};
};

/// The metrics of a task over resampled rows. Row i counts counts[i] times its weight.
class Resampler {
 public:
  /// The rows `rows` of the data (all if empty); predictions are row-major [data.rows][outputs].
  Resampler(const DataSpec& spec, const Dataset& data, std::span<const float> predictions,
            std::span<const int64_t> rows);
  size_t size() const { return weights_.size(); }
  const std::vector<std::string>& names() const { return names_; }
  /// One value a name; counts [size()]. All zero if no row counts; the AUC is NaN if all that count are of one class.
  std::vector<double> measure(std::span<const uint32_t> counts) const;

 private:
  std::vector<double> classification(std::span<const uint32_t> counts) const;
  std::vector<double> multilabel(std::span<const uint32_t> counts) const;
  std::vector<double> regression(std::span<const uint32_t> counts) const;
  double auc(size_t column, std::span<const uint32_t> counts) const;
  void prepare_classification();
  void prepare_multilabel();

  Task task_;
  size_t k_ = 0;  ///< outputs
  std::vector<std::string> names_;
  std::vector<double> weights_;
  std::vector<float> predictions_, targets_;  ///< of the rows taken: [size][k], [size][target columns]
  std::vector<uint32_t> guess_;               ///< predicted class
  std::vector<double> log_loss_, brier_;      ///< of each row
  /// AUC: of each ranked column the rows by descending score, a tie's first row marked.
  struct Ranking {
    std::vector<uint32_t> order;
    std::vector<uint8_t> first_of_tie, positive;  ///< by place in `order`
  };
  std::vector<Ranking> rankings_;
};

/// The metrics of `results` with their intervals. At most 20,000 rows a resample, fewer with many classes.
Intervals bootstrap(const DataSpec& spec, const Dataset& data, std::span<const float> predictions,
                    const Results& results, uint32_t part);

}  // namespace retrograd::report
