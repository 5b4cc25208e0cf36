// retrograd explain: any gradient of a trained network, opened into its derivation.
#include "retrograd/explain.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>

#include "base/fail.hpp"
#include "exit_codes.hpp"
#include "files/files.hpp"
#include "retrograd/explain_text.hpp"
#include "retrograd/receipt.hpp"
#include "run/resume.hpp"
#include "screen/exercise.hpp"
#include "settings/flags.hpp"
#include "settings/options.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {
namespace {

constexpr int64_t kMostRows = 1 << 16;

struct Options {
  std::string model, data, weight, bias, neuron, batch, example, out, format = "text";
  int64_t row = 0, top = 5, seed = 1, step = 1;
  bool exercise = false;
  Settings machine;
};

/// "3", "1-32" or "1-8,12,20-24", counted from 1, as rows from 0.
std::vector<int64_t> rows_of(const std::string& text) {
  std::vector<int64_t> rows;
  const int64_t most = std::numeric_limits<int64_t>::max();
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, comma - at);
    const size_t dash = part.find('-');
    const int64_t first = whole_number("--batch", part.substr(0, dash), 1, most);
    const int64_t last = dash == std::string::npos ? first : whole_number("--batch", part.substr(dash + 1), 1, most);
    if (last < first) fail("--batch has the range {}, expected the smaller row first", part);
    if (last - first >= kMostRows || static_cast<int64_t>(rows.size()) + last - first >= kMostRows)
      fail("--batch is '{}': more than {} rows to explain", text, kMostRows);
    for (int64_t row = first; row <= last; ++row) rows.push_back(row - 1);
    at = comma + 1;
  }
  return rows;
}

ExplainTarget target_of(const Options& o) { return {o.weight, o.bias, o.neuron, static_cast<int>(o.top)}; }

/// Something smaller than the whole example is asked for.
bool chooses(const Options& o) { return !o.weight.empty() || !o.bias.empty() || !o.neuron.empty(); }

Explanation explanation_of(const Options& o) {
  check_source(o.data);
  const Model model = load_model(o.model);
  const Dataset data = load_with(o.data, model.spec(), Part::test, true, read_options(o.machine));
  tell_how_read(data);
  ExplainOptions options;
  options.source = o.data;
  options.training = training_of(model);
  take_state(options, model, checkpoints_beside(o.model));
  options.seed = static_cast<uint64_t>(o.seed);
  options.step = static_cast<uint64_t>(o.step);
  options.batch = !o.batch.empty();
  if (options.batch) {
    options.rows = rows_of(o.batch);
    if (o.row > 0) options.focus = o.row - 1;
  } else {
    options.rows = {o.row - 1};
  }
  return explain(model, data, target_of(o), options);
}

std::string written(const Options& o, const Explanation& e, bool colour) {
  if (o.format == "html") return to_html(e);
  if (o.format == "latex") return to_latex(e);
  if (o.format == "json") return to_json(e);
  TextOptions options;
  options.colour = colour;
  // The walk is of the whole example; a chosen weight is explained as that of any model.
  if (o.example.empty() || chooses(o)) return to_text(e, options);
  const WorkedExample example = worked_example(o.example);
  return lecture_text(e, example.title, example.remarks, options);
}

int run(const Options& o) {
  if (o.format != "text" && o.format != "html" && o.format != "latex" && o.format != "json")
    fail("--format is '{}', expected text, html, latex or json", o.format);
  if (o.example.empty() && (o.model.empty() || o.data.empty()))
    fail("explain needs MODEL and DATA, or --example lecture");
  if (!o.example.empty() && !o.model.empty()) fail("--example needs no model and no data; {} is one too many", o.model);
  if (o.example.empty() && o.row == 0 && o.batch.empty()) fail("which row? add --row R (from 1), or --batch ROWS");
  if (o.exercise && o.format != "text") fail("--exercise asks in text; leave --format {} out", o.format);
  Explanation e;
  if (o.example.empty()) {
    e = explanation_of(o);
  } else {
    const WorkedExample example = worked_example(o.example);
    e = chooses(o) ? explain(example.model, example.data, target_of(o), example.options) : explain(example);
  }
  const bool colour = o.out.empty() && wants_colour(stdout);
  if (o.exercise) {
    run_exercise(e, stdin, stdout, colour, ::isatty(STDIN_FILENO) == 0);
    return 0;
  }
  write_output(o.out, written(o, e, colour));
  if (e.ok()) return 0;
  std::fprintf(stderr, "audit: %lld of %lld numbers disagree beyond their bound\n",
               static_cast<long long>(e.disagreements), static_cast<long long>(e.audited));
  return kCheckFailed;
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("explain", "Derive any gradient of a network, with the numbers of a row");
  verb->add_option("MODEL", options->model, "model file or the folder that train wrote");
  verb->add_option("DATA", options->data, "data with the target, as in train; of idx:DIR the t10k files");
  add_whole_number(*verb, "--row", options->row, 1, std::numeric_limits<int64_t>::max(),
                   "row of the data, from 1, bad ones counted; with --batch the row whose numbers are shown");
  verb->add_option(
          "--weight", options->weight,
          "the weight LAYER:FROM:TO; a layer by its number from 1 or its name, units by number, class or column")
      ->type_name("LAYER:FROM:TO");
  verb->add_option("--bias", options->bias, "the bias LAYER:TO")->type_name("LAYER:TO");
  verb->add_option("--neuron", options->neuron, "the neuron LAYER:UNIT, with all its wires")->type_name("LAYER:UNIT");
  add_whole_number(*verb, "--top", options->top, 1, 100, "otherwise so many parameters with the largest gradients");
  verb->add_option("--batch", options->batch, "explain a training step on these rows, e.g. 1-32 or 1-8,12")
      ->type_name("ROWS");
  add_whole_number(*verb, "--seed", options->seed, 0, std::numeric_limits<int64_t>::max(),
                   "of dropout's masks in --batch");
  add_whole_number(*verb, "--step", options->step, 1, std::numeric_limits<int64_t>::max(),
                   "training step that keys those masks");
  verb->add_option("--format", options->format, "text, a page, LaTeX, or a receipt [text]")
      ->type_name("text|html|latex|json")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb->add_option("--out", options->out, "file to write instead of standard output")->type_name("FILE");
  verb->add_option("--example", options->example, "a worked example instead of a model")->type_name("lecture|mazur");
  add_flag(*verb, options->machine, "on_bad_row");
  add_flag(*verb, options->machine, "cache");
  verb->add_flag("--exercise", options->exercise, "hide the numbers, ask for them and check the answers");
  verb->footer(
      "Examples:\n"
      "  retrograd explain run test.csv --row 1\n"
      "  retrograd explain run test.csv --row 1 --weight 2:3:1 --format html --out why.html\n"
      "  retrograd explain --example lecture\n\n"
      "Exit code 2: a number that the fast code computed disagrees with its formula.");
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace retrograd::cli
