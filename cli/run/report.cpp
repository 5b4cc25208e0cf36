#include "run/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"

namespace retrograd::cli {
namespace {

/// As one argument of a shell.
std::string quoted(const std::string& word) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_@%+=:,./-").find(c) != std::string::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// Seconds since 1970.
double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::string value_of(const Settings& settings, const SettingSpec& s) {
  return s.kind == Kind::list ? fmt::format("{}", fmt::join(settings.list(s.name), ", ")) : settings.text(s.name);
}

}  // namespace

void write_run_report(const RunFolder& folder, const ReportInput& input) {
  const std::string page = folder.file(RunFolder::kReport), data = folder.file(RunFolder::kReportData);
  try {
    const std::string json = report_json(input);
    write_file_atomically(data, json);
    write_file_atomically(page, report_page(json));
  } catch (...) {
    unlink(page.c_str());
    unlink(data.c_str());
    throw;
  }
}

std::vector<std::string> write_failed_run(const RunFolder& run, const ReportInput& input, bool with_report,
                                          bool beside_earlier) {
  std::vector<std::string> failed;
  std::optional<RunFolder> inner;
  const auto attempt = [&](const char* what, const std::function<void()>& write) {
    try {
      write();
    } catch (const Error& e) {
      failed.push_back(fmt::format("there is no {}: {}", what, e.what()));
    }
  };
  if (beside_earlier) attempt("folder for it", [&] { inner.emplace(run.file("failed")); });
  if (!failed.empty()) return failed;
  const RunFolder& folder = inner ? *inner : run;
  attempt("history", [&] {
    write_file_atomically(folder.file(RunFolder::kHistory), history_csv(input.history));
    write_file_atomically(folder.file(RunFolder::kHistoryLines), history_jsonl(input.history));
  });
  if (with_report) attempt("report", [&] { write_run_report(folder, input); });
  return failed;
}

std::string asked_command(const std::string& config, const std::string& resumed, const Settings& flags,
                          const std::string& out) {
  std::string command = "retrograd train";
  if (!resumed.empty()) command += " --resume " + quoted(resumed);
  if (!config.empty()) command += " --config " + quoted(config);
  for (const SettingSpec& s : setting_specs()) {
    if (!flags.given(s.name)) continue;
    if (s.name == "train")
      command += " " + quoted(flags.text(s.name));
    else if (s.kind == Kind::boolean)
      command += " " + flag_of(s.name);
    else if (s.name == "hidden")
      command += fmt::format(" --hidden {}", fmt::join(flags.list(s.name), ","));
    else
      for (const std::string& value :
           s.kind == Kind::list ? flags.list(s.name) : std::vector<std::string>{flags.text(s.name)})
        command += fmt::format(" {} {}", flag_of(s.name), quoted(value));
  }
  return resumed.empty() ? command + " --out " + quoted(out) : command;
}

EventLog::EventLog(const std::string& folder) : file_(folder, now()) {}

std::string EventLog::append(const EpochReport& r) {
  if (failed_) return {};
  std::vector<std::pair<std::string, double>> scalars = {{"loss/train", r.train_loss}};
  if (r.valid_loss) scalars.emplace_back("loss/validation", *r.valid_loss);
  if (r.valid_metric && r.metric != "loss") scalars.emplace_back("metric/" + r.metric, *r.valid_metric);
  scalars.emplace_back("learning_rate", r.learning_rate);
  scalars.emplace_back("rows_per_second", r.rows_per_second);
  for (const LayerStatistics& s : r.layers) {
    scalars.emplace_back("delta/" + s.layer, s.delta);
    scalars.emplace_back("update_ratio/" + s.layer, s.update_ratio);
    scalars.emplace_back("wires/" + s.layer, s.wires);
    scalars.emplace_back("amplifiers/" + s.layer, s.amplifiers);
    scalars.emplace_back("share_dead/" + s.layer, s.share_dead);
    scalars.emplace_back("share_saturated/" + s.layer, s.share_saturated);
  }
  try {
    file_.append(now(), r.steps, scalars);
  } catch (const Error& e) {
    failed_ = true;
    return fmt::format("{}; training goes on without events", e.what());
  }
  return {};
}

std::vector<ReportInput::Setting> report_settings(const Settings& asked, const Settings& effective) {
  std::vector<ReportInput::Setting> settings;
  for (const SettingSpec& s : setting_specs()) {
    if (!effective.layers.empty() && builds_layers(s.name)) continue;
    settings.push_back({std::string(s.section), std::string(s.name), value_of(effective, s), asked.given(s.name)});
  }
  std::vector<std::string> layers;
  for (const Layer& layer : effective.layers)
    layers.push_back(layer.units > 0 ? fmt::format("{} {}", layer.type, layer.units) : layer.type);
  if (!layers.empty()) settings.push_back({"network", "layers", fmt::format("{}", fmt::join(layers, ", ")), true});
  return settings;
}

std::string training_source(const std::string& source) {
  constexpr std::string_view kIdx = "idx:";
  std::error_code ignored;
  if (!source.starts_with(kIdx) || !std::filesystem::is_directory(source.substr(kIdx.size()), ignored)) return source;
  const auto file = [&](const char* kind) {
    const std::string name = fmt::format("{}/train-{}-ubyte", source.substr(kIdx.size()), kind);
    return std::filesystem::exists(name, ignored) ? name : name + ".gz";
  };
  return fmt::format("idx:{},{}", file("images-idx3"), file("labels-idx1"));
}

}  // namespace retrograd::cli
