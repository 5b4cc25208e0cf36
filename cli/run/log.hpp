// What a training run tells: lines for the screen and for its report, and each epoch.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "run/report.hpp"
#include "screen/progress.hpp"

namespace retrograd::cli {

class RunLog {
 public:
  /// Shows on `stream`; only warnings, on standard error, when `quiet`.
  RunLog(std::FILE* stream, bool quiet) : progress_(stream, quiet) {}

  /// Shows a line.
  void show(const std::string& text) { progress_.line(text); }
  void show_warning(const std::string& text) { progress_.warning(text); }
  /// Shows a line that the report repeats.
  void say(const std::string& text);
  void warn(const std::string& text);

  /// What the epochs to come belong to: a fold, a trial, or, empty, the run itself.
  void part(std::string name);

  /// Callbacks that tell of a training here, and in `events` if it holds a log. Both must outlive the training.
  Callbacks callbacks(std::optional<EventLog>& events);

  const std::vector<std::string>& lines() const { return lines_; }    ///< for the report
  const std::vector<EpochReport>& epochs() const { return epochs_; }  ///< of the part at hand, done so far
  bool begun() const { return begun_; }                               ///< whether a training has begun

 private:
  Progress progress_;
  std::vector<std::string> lines_;
  std::vector<EpochReport> epochs_;
  bool begun_ = false;
};

}  // namespace retrograd::cli
