// What a training run shows while it runs: one live line on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "retrograd/train.hpp"

namespace retrograd::cli {

class Progress {
 public:
  /// Writes to `stream`; nothing at all when `quiet`.
  Progress(std::FILE* stream, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// What the epochs to come belong to, said before them; empty: the run itself.
  void part(std::string name);
  void line(const std::string& text);
  /// A line, on standard error if no others are wanted.
  void warning(const std::string& text);
  /// Epochs of a run before it was stopped: for the curve and the time that is left.
  void resumed(const std::vector<EpochReport>& history);
  /// `last`: shown whatever was shown just before.
  void epoch(const EpochReport& report, bool last);

 private:
  void end_live_line();

  std::FILE* stream_;
  std::string part_;
  bool quiet_, live_;
  bool open_ = false;  ///< a live line is on the screen
  std::vector<double> curve_;
  double seconds_ = 0;
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace retrograd::cli
