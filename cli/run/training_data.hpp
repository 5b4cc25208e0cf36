// What a training run reads: the rows to train on, to validate with, and to test on.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ranks/rows.hpp"
#include "retrograd/data.hpp"
#include "retrograd/report.hpp"
#include "retrograd/start_from.hpp"
#include "settings/settings.hpp"

namespace retrograd::cli {

struct TrainingData {
  DataSpec spec;
  Dataset train;
  std::optional<Dataset> valid, test;
  std::optional<Start> start;  ///< of --from
  SplitRows held;              ///< rows of the source that `train` and `valid` are; empty when nothing was held out
  int64_t rows_read = 0;
  Dataset read;  ///< of the training source as it was read: its bad rows and lines
  double fraction = 0;

  /// The parts as a report takes them, without predictions: it, and the rows trained on, must outlive them.
  std::vector<ReportPart> parts(const Settings& settings) const;
};

/// The other processes of a run, if there are any; then both are set.
struct Ranks {
  Peers* peers = nullptr;
  const Machine* machine = nullptr;
};

/// Where reading tells what it found.
struct ReadLog {
  std::function<void(const std::string&)> say;   ///< a line of the log
  std::function<void(const std::string&)> warn;  ///< a line that is told of also where no others are wanted
};

/// Reads what `settings` name. `flags` are those of the command line; `hold_out`: where no validation data are named,
/// whether some rows are set aside. The first rank reads for the others. Throws Error as the readers do.
TrainingData read_training_data(const Settings& settings, const Settings& flags, bool hold_out, const Ranks& ranks,
                                const ReadLog& log);

}  // namespace retrograd::cli
