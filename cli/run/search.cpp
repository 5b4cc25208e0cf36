#include "run/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/fail.hpp"
#include "data/table/csv_writer.hpp"
#include "ranks/ranks.hpp"
#include "run/resume.hpp"
#include "train/checkpoint/interval.hpp"

namespace retrograd::cli {
namespace {

std::string changes_text(const Trial& trial) {
  std::string text;
  for (const auto& [name, value] : trial.changes) text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  return text.empty() ? "as given" : text;
}

}  // namespace

bool searches(const Settings& settings) {
  return settings.text("time_budget") != "none" || settings.integer("trials") > 0;
}

void set_for_ranks(Settings& settings, int ranks) {
  if (settings.integer("folds") > 0) return;
  const char* const name = searches(settings) ? "concurrent_trials" : "shards";
  if (!settings.given(name)) settings.set(name, std::to_string(std::max(kShardsOfRanks, ranks)));
}

void check_search(const Settings& settings) {
  const std::string flag = settings.text("time_budget") != "none" ? "--time-budget" : "--trials";
  if (settings.integer("folds") > 0)
    fail("{} and --folds: search first, then train the settings found with --config DIR --folds K", flag);
  if (!settings.text("from").empty())
    fail("{} and --from: the network is that model's; leave out one of the two", flag);
  if (settings.text("time_limit") != "none")
    fail("{} and --time-limit: --time-budget is the limit of all trials; leave out --time-limit", flag);
  if (settings.text("valid").empty() && !settings.is_auto("valid_fraction") && settings.number("valid_fraction") == 0)
    fail("{} chooses by the validation data; give --valid, or a larger --valid-fraction", flag);
}

SearchOptions search_options(const Settings& settings, const Settings& asked) {
  SearchOptions options;
  const std::string budget = settings.text("time_budget");
  options.seconds = budget == "none" ? INFINITY : training::parse_duration(budget);
  options.trials = static_cast<int>(settings.integer("trials"));
  options.concurrent = static_cast<int>(settings.integer("concurrent_trials"));
  for (const char* name :
       {"hidden", "dropout", "lr", "members", "share_weights", "epochs", "bins", "bins_of", "embedding"})
    if (asked.given(name) || (!settings.layers.empty() && builds_layers(name))) options.fixed.emplace_back(name);
  if (settings.text("hidden") == "none") options.fixed.emplace_back("members");
  return options;
}

Settings of_trial(Settings settings, const Trial& trial) {
  settings.set("time_budget", "none");
  settings.set("trials", "0");
  settings.set("concurrent_trials", "1");
  for (const auto& [name, value] : trial.changes) {
    std::vector<std::string> values = {value};
    if (name == "hidden") {
      values.clear();
      for (const int width : trial.network.hidden) values.push_back(fmt::format("{}", width));
    }
    settings.set(name, std::move(values));
  }
  return settings;
}

std::string set_aside_checkpoints(const std::string& run_folder) {
  const std::string folder = checkpoint_folder(run_folder), before = folder + ".before";
  std::error_code ignored, error;
  if (!std::filesystem::exists(folder, ignored)) return {};
  std::filesystem::remove_all(before, ignored);
  std::filesystem::rename(folder, before, error);
  if (error) fail("{} holds the checkpoints of an earlier run and cannot be moved: {}", folder, error.message());
  return fmt::format("the checkpoints of an earlier run were moved to {}", before);
}

std::string trial_line(const Trial& trial) {
  const std::string value = trial.value
                                ? fmt::format("{} {:.5g} in epoch {}", trial.metric, *trial.value, trial.best_epoch)
                                : std::string("failed");
  return fmt::format("trial {}: {}: {}{} ({:.1f} s; {})", trial.number, changes_text(trial), value,
                     trial.improved ? ", the best so far" : "", trial.seconds, trial.ended);
}

std::string trials_file(const std::vector<Trial>& trials) {
  CsvWriter csv;
  csv.row(
      {"trial", "changes", "metric", "value", "best_epoch", "epochs", "seconds", "improved", "fingerprint", "ended"});
  for (const Trial& t : trials) {
    csv.field(int64_t{t.number});
    csv.field(changes_text(t));
    csv.field(t.metric);
    if (t.value)
      csv.field(*t.value);
    else
      csv.field("");
    csv.field(int64_t{t.best_epoch});
    csv.field(int64_t{t.epochs});
    csv.field(t.seconds);
    csv.field(t.improved ? "yes" : "no");
    csv.field(t.fingerprint);
    csv.field(t.ended);
    csv.end_row();
  }
  return csv.text();
}

}  // namespace retrograd::cli
