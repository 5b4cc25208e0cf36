#include "run/folds.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/fail.hpp"
#include "report/folds.hpp"
#include "report/history.hpp"
#include "run/interruption.hpp"

namespace retrograd::cli {

void check_folds(const Settings& settings, bool ranks) {
  if (ranks && settings.text("checkpoint_every") == "none")
    fail("--folds of several processes are put together from checkpoints; leave out --checkpoint-every none");
  if (!settings.text("valid").empty())
    fail(
        "--folds and --valid: every row is held out by one fold, and a fold validates on its own; leave out --valid, "
        "or give these rows as --test");
  if (!settings.is_auto("valid_fraction") && settings.number("valid_fraction") > 0)
    fail("--folds and --valid-fraction: every fold holds out its share of the rows; leave out --valid-fraction");
  if (!settings.text("from").empty())
    fail(
        "--folds and --from: the model has perhaps seen the rows that a fold would hold out; leave out one of the two");
}

FoldsTrained fit_all_folds(const MakeNetwork& make, const DataSpec& spec, const Dataset& data, int folds,
                           const TrainOptions& training, const std::function<Callbacks(int)>& of_fold) {
  if (training.peers == nullptr) return train_folds(make, spec, data, folds, training, of_fold);
  const auto begun = std::chrono::steady_clock::now();
  train_folds_apart(make, spec, data, folds, training, of_fold);
  TrainOptions rest = training;
  rest.peers = nullptr;
  rest.checkpoint.resume = true;
  const double used = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  if (rest.time_limit > 0) rest.time_limit = std::max(1e-3, rest.time_limit - used);
  Callbacks quiet;
  quiet.step = [](int64_t, int64_t) { return Interruption::asked(); };
  return train_folds(make, spec, data, folds, rest, [&](int) { return quiet; });
}

void tell_folds(const FoldsTrained& trained, Task task, const std::function<void(const std::string&)>& say) {
  const auto epochs = [](const Trained& t) {
    return fmt::format("best epoch {} of {}", t.best_epoch, t.history.size());
  };
  for (const Fold& fold : trained.folds)
    say(fmt::format("fold {}: {}, {}", fold.number, fold.results.one_line(), epochs(fold.trained)));
  std::vector<std::string> spreads;
  for (const std::string& metric : report::fold_metrics(task)) {
    const FoldSpread s = spread(trained.folds, metric);
    spreads.push_back(std::isnan(s.mean) ? metric + " -" : fmt::format("{} {:.5g} ± {:.2g}", metric, s.mean, s.sd));
  }
  say(fmt::format("out of fold, mean ± sd of {} folds: {}", trained.folds.size(), fmt::join(spreads, ", ")));
  say(fmt::format("out of fold, all rows together: {}", trained.out_of_fold.one_line()));
}

std::string folds_file(const FoldsTrained& trained) {
  report::Json json = {{"format", "retrograd folds"}};
  json.update(report::folds_section(trained));
  for (size_t k = 0; k < trained.folds.size(); ++k) {
    report::Json& history = json["folds"][k]["history"] = report::Json::array();
    for (const EpochReport& epoch : trained.folds[k].trained.history) history.push_back(report::history_record(epoch));
  }
  return json.dump(-1, ' ', true, report::Json::error_handler_t::replace) + "\n";
}

std::string out_of_fold_file(const FoldsTrained& trained, const DataSpec& spec, const BadRows& skipped) {
  std::vector<int> fold_of(trained.rows.empty() ? 0 : static_cast<size_t>(trained.rows.back()) + 1);
  for (const Fold& fold : trained.folds)
    for (const int64_t row : fold.rows) fold_of[static_cast<size_t>(row)] = fold.number;
  const std::vector<std::string> names = spec.classes();
  CsvWriter csv;
  csv.field("row");
  csv.field("fold");
  for (const std::string& name : names) {
    if (spec.task == Task::regression)
      csv.field(names.size() == 1 ? "prediction" : name);
    else
      csv.field("p(" + name + ")");
  }
  csv.end_row();
  const float* p = trained.predictions.data();
  for (const int64_t row : trained.rows) {
    csv.field(skipped.in_source(row) + 1);
    csv.field(int64_t{fold_of[static_cast<size_t>(row)]});
    for (size_t j = 0; j < names.size(); ++j) csv.field(*p++);
    csv.end_row();
  }
  return csv.text();
}

}  // namespace retrograd::cli
