// The folder that a training run writes.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace retrograd::cli {

class RunFolder {
 public:
  static constexpr std::string_view kModel = "model.onnx", kConfig = "config.toml", kHistory = "history.csv",
                                    kHistoryLines = "history.jsonl", kReport = "report.html",
                                    kReportData = "report.json", kTensorboard = "tensorboard", kFolds = "folds.json",
                                    kOutOfFold = "out_of_fold.csv", kTrials = "trials.csv", kSearch = "search";

  /// Makes the folder, with those above it that are missing, and tries to write in it. Throws Error naming --out: hours
  /// of training must not end at a folder that cannot be written.
  explicit RunFolder(std::string path);
  /// Removes the folders that were made, unless something was published.
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  /// Calls `write` with an empty folder and moves the model and the files that tell of it from there into this one: all
  /// of them or, when something cannot be written, none. Those that were not written are removed here. Throws what
  /// `write` throws.
  void publish(const std::function<void(const std::string& folder)>& write);

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const;
  bool holds_model() const { return holds_model_; }               ///< of an earlier run
  const std::vector<std::string>& made() const { return made_; }  ///< innermost first

 private:
  void remove_made();

  std::string path_;
  std::vector<std::string> made_;
  bool holds_model_ = false, published_ = false;
};

}  // namespace retrograd::cli
