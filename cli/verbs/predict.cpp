// retrograd predict: one row of predictions for each row of data.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>

#include "base/fail.hpp"
#include "data/table/csv_writer.hpp"
#include "files/files.hpp"
#include "settings/flags.hpp"
#include "settings/options.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::string model, data, out;
  Settings machine;
  bool proba = false;
};

/// Column index of the largest of `row`; the first of equals.
int largest(const float* row, int count) {
  int best = 0;
  for (int k = 1; k < count; ++k)
    if (row[k] > row[best]) best = k;
  return best;
}

/// Whether some number of a row's prediction is none: the row's inputs overflow on the way.
bool undefined(const float* row, int count) {
  return std::any_of(row, row + count, [](float v) { return std::isnan(v); });
}

void tell_undefined(const std::vector<float>& p, int outputs, const Dataset& data) {
  int64_t count = 0, first = -1;
  for (int64_t n = 0; n < data.rows; ++n)
    if (undefined(p.data() + n * outputs, outputs) && count++ == 0) first = data.skipped.in_source(n) + 1;
  if (count > 0)
    std::fprintf(
        stderr,
        "retrograd: warning: %lld of %lld rows have no prediction, the first is row %lld: their numbers are so "
        "far from those of training that 32-bit floats overflow\n",
        static_cast<long long>(count), static_cast<long long>(data.rows), static_cast<long long>(first));
}

/// A line for each row of the data, those that could not be read included: their fields are empty, so that line i of
/// the predictions is row i of the data.
std::string predictions_csv(const Model& model, const std::vector<float>& p, const Dataset& data, bool proba) {
  const DataSpec& spec = model.spec();
  const std::vector<std::string> names = spec.classes();
  const int outputs = model.outputs();
  CsvWriter csv;
  if (spec.task == Task::classification) {
    csv.field("prediction");
  } else {
    for (const std::string& name : names) csv.field(names.size() == 1 ? "prediction" : name);
  }
  if (proba && spec.task != Task::regression)
    for (const std::string& name : names) csv.field("p(" + name + ")");
  csv.end_row();
  const int columns = (spec.task == Task::classification ? 1 : outputs) +
                      (proba && spec.task != Task::regression ? static_cast<int>(names.size()) : 0);
  auto bad = data.skipped.rows.begin();
  const int64_t rows = data.rows + std::ssize(data.skipped.rows);
  for (int64_t of_file = 0, n = 0; of_file < rows; ++of_file) {
    if (bad != data.skipped.rows.end() && *bad == of_file) {
      for (int k = 0; k < columns; ++k) csv.field("");
      csv.end_row();
      ++bad;
      continue;
    }
    const float* row = p.data() + n++ * outputs;
    const bool none = spec.task != Task::regression && undefined(row, outputs);  // the largest of them means nothing
    if (none)
      for (int k = 0; k < (spec.task == Task::classification ? 1 : outputs); ++k) csv.field("");
    else if (spec.task == Task::classification)
      csv.field(names.at(static_cast<size_t>(largest(row, outputs))));
    else if (spec.task == Task::multilabel)
      for (int k = 0; k < outputs; ++k) csv.field(static_cast<int64_t>(row[k] > 0.5f));
    else
      for (int k = 0; k < outputs; ++k) std::isnan(row[k]) ? csv.field("") : csv.field(row[k]);
    if (proba && spec.task != Task::regression)
      for (int k = 0; k < outputs; ++k) csv.field(row[k]);
    csv.end_row();
  }
  return csv.text();
}

}  // namespace

void add_predict(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("predict", "Predict the rows of a data file as CSV");
  verb->add_option("MODEL", options->model, "model file or the folder that train wrote")->required();
  verb->add_option("DATA", options->data, "data, as in train; the target may be missing; of idx:DIR the t10k files")
      ->required();
  verb->add_option("--out", options->out, "CSV file to write; without it standard output")
      ->type_name("FILE.csv")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb->add_flag("--proba", options->proba, "also a column for each class with its probability");
  add_machine_flags(*verb, options->machine);
  add_flag(*verb, options->machine, "on_bad_row");
  add_flag(*verb, options->machine, "cache");
  verb->footer(
      "Examples:\n"
      "  retrograd predict run new.csv --out predictions.csv\n"
      "  retrograd predict run new.csv --proba | head\n\n"
      "There is a line for each row of the data, in their order; with --on-bad-row skip the\n"
      "fields of a row that cannot be read are empty (\"\").");
  verb->callback([options, &action] {
    action = [options] {
      choose_simd(options->machine);
      check_source(options->data);
      const Model model = load_model(options->model);
      if (options->proba && model.spec().task == Task::regression)
        fail("--proba needs a classifier; this model predicts numbers");
      const Dataset data = load_with(options->data, model.spec(), Part::test, false, read_options(options->machine));
      tell_how_read(data);
      const std::vector<float> p = model.predict(data, train_options(options->machine).threads);
      tell_undefined(p, model.outputs(), data);
      write_output(options->out, predictions_csv(model, p, data, options->proba));
      return 0;
    };
  });
}

}  // namespace retrograd::cli
