// retrograd diagnose: what is wrong with this training, and what a change would do.
#include "retrograd/diagnose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>

#include "base/fail.hpp"
#include "exit_codes.hpp"
#include "files/files.hpp"
#include "run/folder.hpp"
#include "settings/flags.hpp"
#include "settings/options.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::string model, data, format = "text", out;
  int64_t rows = 1024, seed = 1;
  bool json = false;
  Settings reading;
};

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
  return fields;
}

/// What diagnosis reads of the history.csv that train wrote; empty if there is none or it is not one.
std::vector<EpochReport> history_of(const std::string& model) {
  std::error_code ignored;
  const auto file = std::filesystem::path(model) / std::string(RunFolder::kHistory);
  if (!std::filesystem::is_regular_file(file, ignored)) return {};
  std::ifstream text(file);
  std::string line;
  std::getline(text, line);
  const std::vector<std::string> head = fields_of(line);
  const auto column = [&](std::string_view name) { return std::find(head.begin(), head.end(), name) - head.begin(); };
  const auto epoch = column("epoch"), steps = column("steps"), train = column("train_loss"),
             valid = column("valid_loss"), best = column("best");
  std::vector<EpochReport> history;
  while (std::getline(text, line)) {
    const std::vector<std::string> fields = fields_of(line);
    if (std::max({epoch, steps, train, valid, best}) >= std::ssize(fields)) return {};
    const auto number = [&](std::ptrdiff_t at) {
      return std::strtod(fields[static_cast<size_t>(at)].c_str(), nullptr);
    };
    EpochReport r;
    r.epoch = static_cast<int>(number(epoch));
    r.steps = static_cast<int64_t>(number(steps));
    r.train_loss = number(train);
    if (!fields[static_cast<size_t>(valid)].empty()) r.valid_loss = number(valid);
    r.best = number(best) > 0;
    history.push_back(r);
  }
  return history;
}

}  // namespace

void add_diagnose(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("diagnose", "Find what is wrong with a training, and measure what would help");
  verb->add_option("MODEL", options->model, "the folder that train wrote, or a model file")->required();
  verb->add_option("DATA", options->data, "the training data, or data like them; of idx:DIR the train files")
      ->required();
  add_whole_number(*verb, "--rows", options->rows, 8, 1 << 20,
                   "rows that are measured, drawn evenly if there are more");
  add_whole_number(*verb, "--seed", options->seed, 0, std::numeric_limits<int64_t>::max(), "of that draw");
  verb->add_option("--format", options->format, "how the findings are written [text]")
      ->type_name("text|json")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb->add_flag("--json", options->json, "the same as --format json");
  verb->add_option("--out", options->out, "file to write; standard output otherwise")
      ->type_name("FILE")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  add_flag(*verb, options->reading, "on_bad_row");
  add_flag(*verb, options->reading, "cache");
  verb->footer(
      "Examples:\n"
      "  retrograd diagnose run table.csv\n"
      "  retrograd diagnose run table.csv --format json --out diagnosis.json\n\n"
      "Every finding has its evidence, cause and remedy, what the remedy does when the steps are run with\n"
      "it, a command to try, and the retrograd explain command whose derivation shows it.\n\n"
      "Exit code 2: something was found; 0: healthy.");
  verb->callback([options, &action] {
    action = [options] {
      if (options->json) options->format = "json";
      if (options->format != "text" && options->format != "json")
        fail("--format is '{}', expected text or json", options->format);
      check_source(options->data);
      const Model model = load_model(options->model);
      const Dataset data = load_with(options->data, model.spec(), Part::train, true, read_options(options->reading));
      tell_how_read(data);
      DiagnoseOptions how;
      if (const auto config = model.notes().find("config"); config != model.notes().end())
        how.training = train_options(Settings::from_toml_text(config->second, "the model's configuration"));
      how.history = history_of(options->model);
      how.rows = options->rows;
      how.seed = static_cast<uint64_t>(options->seed);
      how.model = options->model;
      how.data = options->data;
      const Diagnosis diagnosis = diagnose(model, data, how);
      write_output(options->out, options->format == "json" ? diagnosis.to_json() : diagnosis.to_text());
      return diagnosis.healthy() ? 0 : kCheckFailed;
    };
  });
}

}  // namespace retrograd::cli
