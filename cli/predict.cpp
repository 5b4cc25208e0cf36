// retrograd predict: one row of predictions for each row of data.
#include <memory>

#include "base/fail.hpp"
#include "data/csv_writer.hpp"
#include "data_flags.hpp"
#include "options.hpp"
#include "verb.hpp"

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

std::string predictions_csv(const Model& model, const std::vector<float>& p, int64_t rows, bool proba) {
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
  for (int64_t n = 0; n < rows; ++n) {
    const float* row = p.data() + n * outputs;
    if (spec.task == Task::classification)
      csv.field(names.at(static_cast<size_t>(largest(row, outputs))));
    else if (spec.task == Task::multilabel)
      for (int k = 0; k < outputs; ++k) csv.field(static_cast<int64_t>(row[k] > 0.5f));
    else
      for (int k = 0; k < outputs; ++k) csv.field(row[k]);
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
  verb->footer(
      "Examples:\n"
      "  retrograd predict run new.csv --out predictions.csv\n"
      "  retrograd predict run new.csv --proba | head");
  verb->callback([options, &action] {
    action = [options] {
      choose_simd(options->machine);
      check_source(options->data);
      const Model model = load_model(options->model);
      if (options->proba && model.spec().task == Task::regression)
        fail("--proba needs a classifier; this model predicts numbers");
      const Dataset data = load_with(options->data, model.spec(), Part::test, false);
      const std::vector<float> p = model.predict(data, train_options(options->machine).threads);
      write_output(options->out, predictions_csv(model, p, data.rows, options->proba));
      return 0;
    };
  });
}

}  // namespace retrograd::cli
