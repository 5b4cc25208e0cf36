// A run that is stopped, again and again, and goes on: until it is there, and then its model is looked at.
#pragma once

#include <string>
#include <vector>

#include "inputs.hpp"
#include "program.hpp"

namespace retrograd::cli_test {

using Words = std::vector<std::string>;

inline Words joined(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Fixture: a table, its network, and checkpoints every few steps.
class ResumedRun : public Cli {
 protected:
  ResumedRun() { write("t.csv", table_csv()); }

  /// The arguments of a run from the start.
  static Words start(const Words& configuration, const std::string& out) {
    return joined({"train", "t.csv", "--out", out, "--quiet", "--no-report"}, configuration);
  }
  static Words resume(const std::string& out, int threads) {
    return {"train", "--resume", out, "--quiet", "--no-report", "--threads", std::to_string(threads)};
  }
  bool holds_checkpoint(const std::string& out) const {
    if (!exists(out + "/checkpoint")) return false;
    for (const std::string& name : list(out + "/checkpoint"))
      if (name.ends_with(".json")) return true;
    return false;
  }
  /// Goes on, or starts if there is nothing to go on from.
  Words again(const Words& configuration, const std::string& out, int threads) const {
    return holds_checkpoint(out) ? resume(out, threads) : start(configuration, out);
  }
};

}  // namespace retrograd::cli_test
