// retrograd compare: runs side by side.
#include <filesystem>
#include <memory>

#include "base/fail.hpp"
#include "data/files/file_bytes.hpp"
#include "files/files.hpp"
#include "retrograd/report.hpp"
#include "run/folder.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::vector<std::string> runs;
  std::string out;
  bool json = false;
};

/// The report of a run's folder, or the file itself.
std::string report_of(const std::string& run) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(run, ignored)) {
    if (!run.ends_with(".json")) fail("{}: there is no such folder; name folders that retrograd train wrote", run);
    return std::string(read_raw_file(run).view());
  }
  const std::string file = (std::filesystem::path(run) / RunFolder::kReportData).string();
  if (!std::filesystem::exists(file, ignored))
    fail("{} has no {}; train writes it unless told --no-report", run, RunFolder::kReportData);
  return std::string(read_raw_file(file).view());
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("compare", "Show runs side by side: configuration, results, curves");
  verb->add_option("RUN", options->runs, "folders that train wrote")->required();
  verb->add_option("--out", options->out, "also write a page with the curves of all runs")
      ->type_name("FILE.html")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb->add_flag("--json", options->json, "print one JSON object on standard output");
  verb->footer(
      "Examples:\n"
      "  retrograd compare run run2\n"
      "  retrograd compare run run2 run3 --out runs.html");
  verb->callback([options, &action] {
    action = [options] {
      std::vector<std::pair<std::string, std::string>> reports;
      for (const std::string& run : options->runs) reports.emplace_back(run, report_of(run));
      if (!options->out.empty()) write_output(options->out, compare_page(reports));
      if (options->out != "-") write_output("", options->json ? compare_json(reports) : compare_text(reports));
      return 0;
    };
  });
}

}  // namespace retrograd::cli
