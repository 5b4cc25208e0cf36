// The report as JSON: every section in the order of the page.
#include "retrograd/report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/fail.hpp"
#include "graph/program.hpp"
#include "math/simd.hpp"
#include "report/curves.hpp"
#include "report/distribution.hpp"
#include "report/folds.hpp"
#include "report/history.hpp"
#include "report/importance.hpp"
#include "report/interval.hpp"
#include "report/peak.hpp"
#include "report/wrong_rows.hpp"
#include "retrograd/version.hpp"

namespace retrograd {
namespace report {
namespace {

const DataSpec& spec_of(const ReportInput& input) {
  return input.trained != nullptr ? input.trained->model.spec() : *input.spec;
}

const std::vector<EpochReport>& history_of(const ReportInput& input) {
  return input.trained != nullptr ? input.trained->history : input.history;
}

std::string now() { return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::chrono::system_clock::now())); }

/// A run without a model has the same members, null where nothing is known.
Json failed_run_section(const ReportInput& input) {
  Json json = {{"folder", input.folder},
               {"command", input.command},
               {"version", kVersion},
               {"written", now()},
               {"stopped", "an error"},
               {"error", input.error},
               {"epochs", input.history.size()},
               {"rows", input.parts.at(0).data->rows},
               {"simd", simd_name()}};
  double seconds = 0;
  int best = 0;
  for (const EpochReport& e : input.history) {
    seconds += e.seconds;
    if (e.best) best = e.epoch;
  }
  json["seconds"] = seconds;
  json["steps"] = input.history.empty() ? 0 : input.history.back().steps;
  json["best_epoch"] = best > 0 ? Json(best) : Json();
  json["metric"] = input.history.empty() ? Json() : Json(input.history.back().metric);
  for (const char* key : {"fingerprint", "epochs_asked", "batch", "rows_per_second", "flops_per_row", "gflops",
                          "peak_gflops", "threads", "precision", "parameters"})
    json[key] = nullptr;
  return json;
}

Json run_section(const ReportInput& input) {
  if (input.trained == nullptr) return failed_run_section(input);
  const Trained& t = *input.trained;
  const graph::ForwardProgram& program = t.model.program();
  const int64_t rows = input.parts.at(0).data->rows;
  const int64_t steps = t.history.empty() ? 0 : t.history.back().steps;
  double training_seconds = 0, visited = 0;
  for (const EpochReport& e : t.history) {
    training_seconds += e.seconds;
    visited += e.rows_per_second * e.seconds;
  }
  const double speed = training_seconds > 0 ? visited / training_seconds : 0;
  return {{"folder", input.folder},
          {"command", input.command},
          {"version", kVersion},
          {"fingerprint", input.fingerprint.empty() ? t.model.fingerprint() : input.fingerprint},
          {"written", now()},
          {"stopped", t.stopped},
          {"error", input.error.empty() ? Json() : Json(input.error)},
          {"epochs", t.history.size()},
          {"epochs_asked", t.options.epochs},
          {"best_epoch", t.best_epoch},
          {"steps", steps},
          {"batch", t.options.batch},
          {"seconds", t.seconds},
          {"rows", rows},
          {"rows_per_second", speed},
          {"flops_per_row", program.flops_step()},
          {"gflops", speed * program.flops_step() * 1e-9},
          {"peak_gflops", peak_flops(std::max(1, t.options.threads)) * 1e-9},
          {"threads", t.options.threads},
          {"simd", simd_name()},
          {"precision", to_string(t.options.precision)},
          {"parameters", t.model.parameter_count()},
          {"metric", t.options.metric}};
}

Json settings_section(const ReportInput& input) {
  Json all = Json::array();
  for (const ReportInput::Setting& s : input.settings)
    all.push_back({{"section", s.section}, {"name", s.name}, {"value", s.value}, {"given", s.given}});
  return all;
}

Json data_section(const ReportInput& input) {
  const DataSpec& spec = spec_of(input);
  const Dataset& train = *input.parts.at(0).data;
  Json json = {{"kind", spec.source},          {"task", to_string(spec.task)}, {"task_why", spec.task_why},
               {"rows_read", input.rows_read}, {"rows_described", spec.rows},  {"classes", spec.classes()},
               {"warnings", spec.warnings},    {"parts", Json::array()}};
  for (const ReportPart& part : input.parts)
    json["parts"].push_back({{"name", part.name}, {"rows", part.data->rows}, {"source", part.source}});
  json["columns"] = columns(spec, train);
  if (!spec.row_shape.empty())
    json["arrays"] = arrays(spec, train, input.trained != nullptr ? &input.trained->options : nullptr);
  return json;
}

Json network_section(const Model& model) {
  Json layers = Json::array();
  const graph::ForwardProgram& program = model.program();
  for (const graph::Equation& eq : program.equations) {
    int64_t numbers = 0;
    for (const int p : eq.parameters)
      if (program.parameters[static_cast<size_t>(p)].trained)
        numbers += static_cast<int64_t>(program.parameters[static_cast<size_t>(p)].size());
    layers.push_back({{"name", program.values[static_cast<size_t>(eq.output)].name},
                      {"operator", eq.op->info->name},
                      {"width", eq.shapes.output},
                      {"parameters", numbers}});
  }
  return {{"layers", std::move(layers)}, {"parameters", model.parameter_count()}};
}

/// What predicting without looking at the features would give: the most frequent class of the part and its frequencies,
/// or the mean.
Json baseline(const Results& r) {
  if (r.regression) return {{"rmse", r.regression->outputs.at(0).sd}, {"r2", 0}};
  if (!r.classification) return nullptr;
  double most = 0, entropy = 0;
  for (const ClassScore& c : r.classification->classes) {
    most = std::max(most, c.support);
    const double share = c.support / r.classification->weight;
    if (share > 0) entropy -= share * std::log(share);
  }
  return {{"accuracy", most / r.classification->weight}, {"log_loss", entropy}};
}

Json results_section(const ReportInput& input) {
  const DataSpec& spec = input.trained->model.spec();
  Json all = Json::array();
  for (size_t p = 0; p < input.parts.size(); ++p) {
    const ReportPart& part = input.parts[p];
    const Intervals intervals = bootstrap(spec, *part.data, part.predictions, part.results, static_cast<uint32_t>(p));
    Json metrics = Json::array();
    metrics.push_back({{"metric", "loss"}, {"value", part.results.metric("loss")}});
    for (const Interval& i : intervals.metrics) {
      Json one = {{"metric", i.metric}, {"value", i.value}};
      if (i.low) one["low"] = *i.low;
      if (i.high) one["high"] = *i.high;
      metrics.push_back(std::move(one));
    }
    all.push_back({{"part", part.name},
                   {"rows", part.data->rows},
                   {"resamples", intervals.resamples},
                   {"rows_resampled", intervals.rows},
                   {"metrics", std::move(metrics)},
                   {"baseline", baseline(part.results)},
                   {"report", Json::parse(part.results.to_json())}});
  }
  return all;
}

Json trials_section(const std::vector<Trial>& trials) {
  Json all = Json::array();
  for (const Trial& t : trials) {
    Json changes = Json::object();
    for (const auto& [name, value] : t.changes) changes[name] = value;
    Json one = {{"number", t.number}, {"changes", std::move(changes)}, {"epochs", t.epochs}, {"seconds", t.seconds},
                {"ended", t.ended},   {"improved", t.improved}};
    if (t.value) {
      one["metric"] = t.metric;
      one["value"] = *t.value;
      one["best_epoch"] = t.best_epoch;
      one["fingerprint"] = t.fingerprint;
    }
    all.push_back(std::move(one));
  }
  return all;
}

Json score_section(const ProbabilityScore& s) {
  Json json = {{"log_loss", s.log_loss}};
  if (s.calibration_error) json["calibration_error"] = *s.calibration_error;
  if (s.brier) json["brier"] = *s.brier;
  return json;
}

/// What the last part shows: charts, importance, the rows that are most wrong.
Json close_section(const ReportInput& input) {
  const ReportPart& part = input.parts.back();
  const Model& model = input.trained->model;
  return {{"part", part.name},
          {"source", part.source},
          {"rows", part.data->rows},
          {"skipped", source_of(part).skipped.rows.size()},
          {"charts", charts(model.spec(), *part.data, part.predictions, part.results)},
          {"importance", importance(model, *part.data, input.trained->options.threads)},
          {"wrong", wrong_rows(model.spec(), part)}};
}

}  // namespace
}  // namespace report

ReportPart report_part(const Model& model, std::string name, const Dataset& data, std::string source,
                       std::vector<int64_t> rows, int threads) {
  Model::Measured measured = model.measure(data, threads);
  Results results = compare(model.spec(), data, measured.predictions, measured.loss.mean());
  return {std::move(name),   &data, std::move(source), std::move(rows), std::move(measured.predictions),
          std::move(results)};
}

std::string report_json(const ReportInput& input) {
  if (input.parts.empty() || (input.trained == nullptr && (input.error.empty() || input.spec == nullptr)))
    fail("a report needs the rows trained on, and a trained model or the error that was met instead");
  using report::Json;
  Json json = {{"format", "retrograd report"}, {"format_version", 1}};
  json["run"] = report::run_section(input);
  json["decisions"] = input.log;
  json["settings"] = report::settings_section(input);
  json["config"] = input.config;
  json["data"] = report::data_section(input);
  json["history"] = Json::array();
  for (const EpochReport& e : report::history_of(input)) json["history"].push_back(report::history_record(e));
  json["results"] = Json::array();
  if (input.trained != nullptr) {
    json["network"] = report::network_section(input.trained->model);
    json["results"] = report::results_section(input);
    if (input.trials != nullptr) json["trials"] = report::trials_section(*input.trials);
    if (const Calibration* c = input.calibration; c != nullptr)
      json["calibration"] = {{"temperature", c->temperature},
                             {"rows", c->rows},
                             {"before", report::score_section(c->before)},
                             {"after", report::score_section(c->after)}};
    if (input.folds != nullptr) json["folds"] = report::folds_section(*input.folds);
    json["close"] = report::close_section(input);
  }
  // ASCII only: the page may then be read in any encoding.
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace retrograd
