// The report that a training run leaves in its folder.
#pragma once

#include <string>
#include <vector>

#include "report/tensorboard.hpp"
#include "retrograd/report.hpp"
#include "run/folder.hpp"
#include "settings/settings.hpp"

namespace retrograd::cli {

/// Writes report.html and report.json. When they cannot be written, those of an earlier run are removed, as they would
/// tell of another model, and Error is thrown.
void write_run_report(const RunFolder& folder, const ReportInput& input);

/// History and report of a run that ended in `input.error`: in its folder, or in `failed` inside it where that holds an
/// earlier run, which stays as it was. Returns what could not be written, a line each: the error itself is worth more.
std::vector<std::string> write_failed_run(const RunFolder& folder, const ReportInput& input, bool with_report,
                                          bool beside_earlier);

/// The command as one would type it: what was given, in the order of the settings.
std::string asked_command(const std::string& config, const std::string& resumed, const Settings& flags,
                          const std::string& out);

/// Every setting with its final value; given by the user if `asked` has it.
std::vector<ReportInput::Setting> report_settings(const Settings& asked, const Settings& effective);

/// Event files for TensorBoard while a run goes on.
class EventLog {
 public:
  /// Throws Error if the folder cannot be written.
  explicit EventLog(const std::string& folder);
  /// The scalars of an epoch. What went wrong, once, or nothing: training goes on without.
  std::string append(const EpochReport& report);

 private:
  report::EventFile file_;
  bool failed_ = false;
};

/// A source of training data as verbs that read test data take it: idx:DIR would give them the other half of the
/// folder.
std::string training_source(const std::string& source);

}  // namespace retrograd::cli
