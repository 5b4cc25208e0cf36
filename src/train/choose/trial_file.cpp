#include "train/choose/trial_file.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "data/files/file_bytes.hpp"
#include "graph/program.hpp"
#include "train/checkpoint/checkpoint.hpp"

namespace retrograd::training {
namespace {

using Json = nlohmann::json;

// CBOR, as it keeps numbers to the bit, also those that are none.
std::string bytes_of(const Json& json) {
  const std::vector<uint8_t> bytes = Json::to_cbor(json);
  return {bytes.begin(), bytes.end()};
}

Json json_of(const std::string& path) {
  Json json = Json::from_cbor(read_raw_file(path).view(), true, false);
  if (json.is_discarded()) fail("{} is not what a rank writes of a trial", path);
  return json;
}

Json optional(const std::optional<double>& value) { return value ? Json(*value) : Json(); }
std::optional<double> optional(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return json.get<double>();
}

Json epoch_json(const EpochReport& r) {
  Json layers = Json::array();
  for (const LayerStatistics& s : r.layers) {
    Json row = {s.layer};
    for (const auto statistic : kStatistics) row.push_back(s.*statistic);
    layers.push_back(std::move(row));
  }
  return {r.epoch,         r.epochs,  r.steps,           r.train_loss, optional(r.valid_loss), optional(r.valid_metric),
          r.learning_rate, r.seconds, r.rows_per_second, r.best,       std::move(layers)};
}

EpochReport epoch_of(const Json& json, const std::string& metric) {
  EpochReport r{.epoch = json.at(0),
                .epochs = json.at(1),
                .steps = json.at(2),
                .train_loss = json.at(3),
                .valid_loss = optional(json.at(4)),
                .valid_metric = optional(json.at(5)),
                .metric = metric,
                .learning_rate = json.at(6),
                .seconds = json.at(7),
                .rows_per_second = json.at(8),
                .best = json.at(9),
                .layers = {}};
  for (const Json& row : json.at(10)) {
    LayerStatistics& s = r.layers.emplace_back();
    s.layer = row.at(0);
    for (size_t i = 0; i < std::size(kStatistics); ++i) s.*kStatistics[i] = row.at(i + 1);
  }
  return r;
}

}  // namespace

std::string outcome_bytes(const Outcome& o) {
  return bytes_of({o.passed_over, o.metric, o.ended, o.fingerprint, optional(o.value), o.epochs, o.best_epoch,
                   o.of_epochs, o.seconds, o.rungs});
}

Outcome read_outcome(const std::string& path) {
  const Json json = json_of(path);
  return {.passed_over = json.at(0),
          .metric = json.at(1),
          .ended = json.at(2),
          .fingerprint = json.at(3),
          .value = optional(json.at(4)),
          .epochs = json.at(5),
          .best_epoch = json.at(6),
          .of_epochs = json.at(7),
          .seconds = json.at(8),
          .rungs = json.at(9)};
}

std::string trained_bytes(const Trained& t) {
  Json values = Json::object(), history = Json::array();
  for (const graph::Parameter& p : t.model.program().parameters) values[p.name] = t.model.parameter(p.name);
  for (const EpochReport& r : t.history) history.push_back(epoch_json(r));
  return bytes_of({{"network", graph::to_json(t.model.network())},
                   {"precision", t.model.precision() == Precision::float64},
                   {"values", std::move(values)},
                   {"metric", t.history.empty() ? std::string() : t.history[0].metric},
                   {"history", std::move(history)},
                   {"best_epoch", t.best_epoch},
                   {"stopped", t.stopped},
                   {"finished", t.finished},
                   {"decisions", t.decisions},
                   {"seconds", t.seconds}});
}

Trained read_trained(const std::string& path, const DataSpec& spec) {
  const Json json = json_of(path);
  const Network network = graph::network_from_json(json.at("network").get<std::string>());
  Trained t{.model = Model(network, json.at("precision") ? Precision::float64 : Precision::float32,
                           json.at("values").get<std::map<std::string, std::vector<double>>>(), spec),
            .history = {},
            .best_epoch = json.at("best_epoch"),
            .stopped = json.at("stopped"),
            .finished = json.at("finished"),
            .decisions = json.at("decisions"),
            .options = {},
            .state = {},
            .seconds = json.at("seconds")};
  for (const Json& epoch : json.at("history")) t.history.push_back(epoch_of(epoch, json.at("metric")));
  return t;
}

}  // namespace retrograd::training
