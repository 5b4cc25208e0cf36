#include "report/history.hpp"

#include <limits>

#include "data/table/csv_writer.hpp"
#include "retrograd/report.hpp"

namespace retrograd {
namespace report {
namespace {

struct Statistic {
  const char* name;
  double LayerStatistics::*value;
};

/// What history has of each layer.
constexpr Statistic kStatistics[] = {{"delta", &LayerStatistics::delta},
                                     {"dW", &LayerStatistics::dW},
                                     {"update_ratio", &LayerStatistics::update_ratio},
                                     {"wires", &LayerStatistics::wires},
                                     {"amplifiers", &LayerStatistics::amplifiers},
                                     {"gain_low", &LayerStatistics::gain_low},
                                     {"gain_median", &LayerStatistics::gain_median},
                                     {"gain_high", &LayerStatistics::gain_high},
                                     {"share_dead", &LayerStatistics::share_dead},
                                     {"share_saturated", &LayerStatistics::share_saturated}};

}  // namespace

Json history_record(const EpochReport& r) {
  Json json = {{"epoch", r.epoch}, {"steps", r.steps}, {"train_loss", r.train_loss}};
  if (r.valid_loss) json["valid_loss"] = *r.valid_loss;
  json["metric"] = r.metric;
  if (r.valid_metric) json["valid_metric"] = *r.valid_metric;
  json["learning_rate"] = r.learning_rate;
  json["seconds"] = r.seconds;
  json["rows_per_second"] = r.rows_per_second;
  json["best"] = r.best;
  if (r.layers.empty()) return json;
  json["layers"] = Json::array();
  for (const LayerStatistics& s : r.layers) {
    Json layer = {{"layer", s.layer}};
    for (const Statistic& statistic : kStatistics) layer[statistic.name] = s.*statistic.value;
    json["layers"].push_back(std::move(layer));
  }
  return json;
}

}  // namespace report

std::string history_jsonl(const std::vector<EpochReport>& history) {
  std::string text;
  for (const EpochReport& r : history)
    text += report::history_record(r).dump(-1, ' ', false, report::Json::error_handler_t::replace) + "\n";
  return text;
}

std::string history_csv(const std::vector<EpochReport>& history) {
  CsvWriter csv;
  std::vector<std::string> head = {"epoch",        "steps",         "train_loss", "valid_loss",      "metric",
                                   "valid_metric", "learning_rate", "seconds",    "rows_per_second", "best"};
  // The layers are known from the first step on; an epoch without an observed step leaves their columns empty.
  const std::vector<LayerStatistics> known = history.empty() ? std::vector<LayerStatistics>() : history[0].layers;
  for (const LayerStatistics& s : known)
    for (const report::Statistic& statistic : report::kStatistics) head.push_back(s.layer + "." + statistic.name);
  csv.row(head);
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (const EpochReport& r : history) {
    csv.field(static_cast<int64_t>(r.epoch));
    csv.field(r.steps);
    csv.field(r.train_loss);
    csv.field(r.valid_loss.value_or(none));
    csv.field(r.metric);
    csv.field(r.valid_metric.value_or(none));
    csv.field(r.learning_rate);
    csv.field(r.seconds);
    csv.field(r.rows_per_second);
    csv.field(static_cast<int64_t>(r.best));
    for (size_t k = 0; k < known.size(); ++k)
      for (const report::Statistic& statistic : report::kStatistics)
        csv.field(r.layers.empty() ? none : r.layers.at(k).*statistic.value);
    csv.end_row();
  }
  return csv.text();
}

}  // namespace retrograd
