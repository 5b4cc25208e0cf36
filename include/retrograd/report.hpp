// The report of a training run: one page that a person reads, the same as JSON for programs, and runs side by side.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "retrograd/calibrate.hpp"
#include "retrograd/data.hpp"
#include "retrograd/evaluate.hpp"
#include "retrograd/folds.hpp"
#include "retrograd/model.hpp"
#include "retrograd/search.hpp"
#include "retrograd/train.hpp"

namespace retrograd {

/// One part of the data with what the model makes of it.
struct ReportPart {
  std::string name;                ///< "train", "validation", "out-of-fold" or "test"
  const Dataset* data = nullptr;   ///< with its target
  std::string source;              ///< as `retrograd explain` takes it
  std::vector<int64_t> rows = {};  ///< of each row its index in `read`, from 0; empty: they are in its order
  std::vector<float> predictions = {};
  Results results = {};
  /// The source as it was read, of which only the bad rows and the lines are looked at: they give a row its number and
  /// line in the file. Null: `data`.
  const Dataset* read = nullptr;
};

/// Predicts and compares. `data` must outlive the part. Throws Error as evaluate does.
ReportPart report_part(const Model& model, std::string name, const Dataset& data, std::string source,
                       std::vector<int64_t> rows = {}, int threads = 0);

/// What a report tells besides what it measures itself.
struct ReportInput {
  const Trained* trained = nullptr;    ///< null: the run ended in an error before there was a model
  std::string fingerprint = {};        ///< of the model that was saved; empty: of trained->model
  std::vector<ReportPart> parts = {};  ///< the first holds the rows trained on; the last is looked at most closely
  std::string folder = {};             ///< of the run, as the user wrote it
  std::string command = {};            ///< what was asked, a shell command
  std::string config = {};             ///< effective configuration, TOML
  struct Setting {
    std::string section, name, value;
    bool given = false;  ///< by the user; else decided
  };
  std::vector<Setting> settings = {};
  std::vector<std::string> log = {};  ///< what was decided and why, and warnings, a line each
  int64_t rows_read = 0;              ///< of the training source
  std::string error = {};             ///< what ended the run, if it did not end well
  /// Without `trained`: of the data, and the epochs that were done. Of the parts only names, data and sources are read.
  const DataSpec* spec = nullptr;
  std::vector<EpochReport> history = {};
  const FoldsTrained* folds = nullptr;         ///< of cross-validation; then `trained` is its whole
  const std::vector<Trial>* trials = nullptr;  ///< of a search; `trained` is the best one's
  const Calibration* calibration = nullptr;    ///< of the model, if it was asked for
};

/// Everything in the report as one JSON object; docs/report.md names its members. Measures what is not in `input`:
/// bootstrap intervals, curves, distributions, permutation importance, the rows that are most wrong. The work is
/// bounded (about a second for a small network): large data are sampled, and the report says so. All random numbers
/// are counter-based with a fixed seed, so that the same run gives the same numbers. Without `trained` it tells of the
/// error, the settings, the data and the history. Throws Error for no parts, and for neither `trained` nor `error` and
/// `spec`.
std::string report_json(const ReportInput& input);

/// The page of a report: one HTML file that needs no network. `json` is what report_json wrote. Throws Error if it is
/// not.
std::string report_page(const std::string& json);

/// Runs side by side: what differs in their configuration, and their results, as an aligned table. `reports` are
/// (name, report_json) of each run. Throws Error for no runs and for JSON that is not of a report, naming the run.
std::string compare_text(const std::vector<std::pair<std::string, std::string>>& reports);
/// The same as one JSON object.
std::string compare_json(const std::vector<std::pair<std::string, std::string>>& reports);
/// The same as a page, with the curves of all runs.
std::string compare_page(const std::vector<std::pair<std::string, std::string>>& reports);

/// The history of a run as CSV (a line an epoch, a header first) and as JSON lines (an object an epoch; what an epoch
/// does not have is left out).
std::string history_csv(const std::vector<EpochReport>& history);
std::string history_jsonl(const std::vector<EpochReport>& history);

}  // namespace retrograd
