#include "run/resume.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/fail.hpp"
#include "retrograd/model.hpp"
#include "run/folder.hpp"

namespace retrograd::cli {
namespace fs = std::filesystem;
namespace {

/// Settings that no result depends on: they may change from part to part of a run.
constexpr std::string_view kFree[] = {"threads", "simd", "checkpoint_every", "time_limit", "cache"};

Settings with_free_ones_of(Settings settings, const Settings& other) {
  for (const std::string_view name : kFree) settings.set(name, other.text(name));
  return settings;
}

}  // namespace

std::string checkpoint_folder(const std::string& run_folder) { return (fs::path(run_folder) / "checkpoint").string(); }

std::string checkpoints_beside(const std::string& model) {
  std::error_code ignored;
  return checkpoint_folder(fs::is_directory(model, ignored) ? model : fs::path(model).parent_path().string());
}

std::string about_training(int64_t epochs, int best_epoch, const std::string& stopped) {
  return fmt::format("{} epoch{}, the best is {}; {}", epochs, epochs == 1 ? "" : "s", best_epoch, stopped);
}

Resumption resume(const std::string& folder, const std::string& config, const Settings& flags) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    fail("--resume {}: there is no such folder; name the folder that train wrote (its --out)", folder);
  const auto info = latest_checkpoint(checkpoint_folder(folder));
  if (!info && fs::exists(fs::path(folder) / RunFolder::kTrials, ignored))
    fail(
        "--resume {0}: a search keeps no checkpoints; --config {0} --out DIR trains once more with the settings that "
        "it "
        "found",
        folder);
  if (!info) fail("--resume {}: there is no checkpoint in it; start the run again, without --resume", folder);
  const auto found = info->notes.find("config");
  if (found == info->notes.end())
    fail("--resume {}: its checkpoint was not written by this program's train; resume it where it was made", folder);
  Resumption r;
  r.info = *info;
  const Settings then = Settings::from_toml_text(found->second, info->file + " (configuration)");
  r.settings = config.empty() ? then : Settings::from_toml(config);
  r.settings.override_with(flags);
  if (r.settings.integer("folds") != then.integer("folds"))
    fail(
        "--resume {}: the run was begun with --folds {}, and is to go on with --folds {}; leave out --folds, or start "
        "another run",
        folder, then.integer("folds"), r.settings.integer("folds"));
  r.recorded = with_free_ones_of(r.settings, then);
  r.same = r.recorded.to_toml() == then.to_toml();
  return r;
}

std::string after_failed_write(const std::string& run_folder) {
  const std::string folder = checkpoint_folder(run_folder);
  try {
    if (const auto info = latest_checkpoint(folder))
      return fmt::format("; the run is kept in {} up to step {}: retrograd train --resume {} writes the model from it",
                         folder, info->step, run_folder);
  } catch (const Error&) {  // the first error says enough
  }
  return {};
}

std::string lost_file(const std::string& folder, bool with_report, bool with_folds) {
  std::vector<std::string_view> names = {RunFolder::kConfig, RunFolder::kHistory, RunFolder::kHistoryLines};
  if (with_report) names.insert(names.end(), {RunFolder::kReport, RunFolder::kReportData});
  if (with_folds) names.insert(names.end(), {RunFolder::kFolds, RunFolder::kOutOfFold});
  std::error_code ignored;
  for (const std::string_view name : names)
    if (!fs::exists(fs::path(folder) / name, ignored)) return std::string(name);
  return {};
}

bool holds_result(const std::string& folder, const CheckpointInfo& info) {
  const std::string file = (fs::path(folder) / RunFolder::kModel).string();
  std::error_code ignored;
  if (!info.finished || !fs::exists(file, ignored)) return false;
  try {
    const Model model = Model::load(file);
    const auto about = model.notes().find("trained");
    const int best = info.best_epoch > 0 ? info.best_epoch : info.epochs_done;
    const auto calibrated = model.notes().find(std::string(kUncalibrated));
    const std::string& trained = calibrated != model.notes().end() ? calibrated->second : model.fingerprint();
    return trained == info.fingerprint && about != model.notes().end() &&
           about->second == about_training(info.epochs_done, best, info.stopped);
  } catch (const Error&) {  // a damaged model is written again
    return false;
  }
}

}  // namespace retrograd::cli
