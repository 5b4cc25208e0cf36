#include "train/checkpoint/checkpoint.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/fail.hpp"
#include "retrograd/version.hpp"
#include "train/checkpoint/checkpoint_folder.hpp"

namespace retrograd {
namespace training {
namespace {

using Json = nlohmann::json;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// JSON has no infinities; plateau begins with one.
Json number(double v) { return std::isfinite(v) ? Json(v) : Json(fmt::format("{}", v)); }

const Json& member(const Json& json, const char* key, const std::string& name) {
  if (!json.is_object() || !json.contains(key)) fail("{}: it has no '{}'", name, key);
  return json[key];
}

double read_number(const Json& json, const char* key, const std::string& name) {
  const Json& v = member(json, key, name);
  if (v.is_number()) return v.get<double>();
  for (const double special : {HUGE_VAL, -HUGE_VAL, kNaN})
    if (v == fmt::format("{}", special)) return special;
  fail("{}: '{}' is not a number", name, key);
}

int64_t read_integer(const Json& json, const char* key, const std::string& name, int64_t low, int64_t high) {
  const Json& v = member(json, key, name);
  if (!v.is_number_integer() || (v.is_number_unsigned() && v.get<uint64_t>() > static_cast<uint64_t>(high)) ||
      v.get<int64_t>() < low || v.get<int64_t>() > high)
    fail("{}: '{}' is not a whole number from {} to {}", name, key, low, high);
  return v.get<int64_t>();
}

std::string read_text(const Json& json, const char* key, const std::string& name) {
  const Json& v = member(json, key, name);
  if (!v.is_string()) fail("{}: '{}' is not a text", name, key);
  return v.get<std::string>();
}

Json to_json(const Position& p) {
  Json plateau = Json::array();
  for (const double v : p.plateau.to_array()) plateau.push_back(number(v));
  return {{"epoch", p.epoch},
          {"row", p.row},
          {"step", p.step},
          {"loss", number(p.loss)},
          {"weight", number(p.weight)},
          {"learning_rate", number(p.learning_rate)},
          {"epoch_seconds", number(p.epoch_seconds)},
          {"seconds", number(p.seconds)},
          {"factor", number(p.factor)},
          {"plateau", std::move(plateau)},
          {"best_metric", number(p.best_metric)},
          {"best_epoch", p.best_epoch},
          {"restores", p.restores},
          {"tries", p.tries}};
}

Position position_of(const Json& json, const std::string& name) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 2;
  constexpr int64_t kInt = std::numeric_limits<int>::max() - 1;
  Position p;
  p.epoch = static_cast<int>(read_integer(json, "epoch", name, 1, kInt));
  p.row = read_integer(json, "row", name, 0, kMost);
  p.step = read_integer(json, "step", name, 0, kMost);
  p.loss = read_number(json, "loss", name);
  p.weight = read_number(json, "weight", name);
  p.learning_rate = read_number(json, "learning_rate", name);
  p.epoch_seconds = read_number(json, "epoch_seconds", name);
  p.seconds = read_number(json, "seconds", name);
  p.factor = read_number(json, "factor", name);
  p.best_metric = read_number(json, "best_metric", name);
  p.best_epoch = static_cast<int>(read_integer(json, "best_epoch", name, 0, p.epoch));
  p.restores = static_cast<int>(read_integer(json, "restores", name, 0, kInt));
  p.tries = static_cast<int>(read_integer(json, "tries", name, 0, kInt));
  const Json& plateau = member(json, "plateau", name);
  std::array<double, 4> four{};
  if (!plateau.is_array() || plateau.size() != four.size()) fail("{}: 'plateau' is not four numbers", name);
  for (size_t i = 0; i < four.size(); ++i) four[i] = read_number({{"v", plateau[i]}}, "v", name + ", plateau");
  p.plateau = optim::PlateauState::from_array(four);
  return p;
}

// Columns of the tensor "history".
constexpr size_t kColumns = 8;
constexpr const char* kColumnNames =
    "steps,train_loss,valid_loss,valid_metric,learning_rate,seconds,rows_per_second,best";

double cell(const EpochReport& r, size_t column) {
  const std::array<double, kColumns> row = {static_cast<double>(r.steps),
                                            r.train_loss,
                                            r.valid_loss.value_or(kNaN),
                                            r.valid_metric.value_or(kNaN),
                                            r.learning_rate,
                                            r.seconds,
                                            r.rows_per_second,
                                            r.best ? 1.0 : 0.0};
  return row[column];
}

std::vector<EpochReport> history_of(const std::vector<double>& cells, const CheckpointLayout& layout) {
  std::vector<EpochReport> history(cells.size() / kColumns);
  for (size_t i = 0; i < history.size(); ++i) {
    const double* row = cells.data() + i * kColumns;
    EpochReport& r = history[i];
    r.epoch = static_cast<int>(i) + 1;
    r.epochs = layout.options->epochs;
    r.metric = layout.options->metric;
    r.steps = row[0] >= 0 && row[0] < 9e15 ? static_cast<int64_t>(row[0]) : 0;
    r.train_loss = row[1];
    if (layout.has_valid) {
      r.valid_loss = row[2];
      r.valid_metric = row[3];
    }
    r.learning_rate = row[4];
    r.seconds = row[5];
    r.rows_per_second = row[6];
    r.best = row[7] != 0;
  }
  return history;
}

// Columns of the tensors "history.layers" and "layers" are kStatistics, a layer after the other.
constexpr size_t kStatisticsCount = std::size(kStatistics);
constexpr const char* kStatisticsNames =
    "delta,dW,W,update_ratio,z,wires,amplifiers,gain_low,gain_median,gain_high,share_dead,share_saturated";

double statistic(const std::vector<LayerStatistics>& layers, size_t i) {
  return i / kStatisticsCount < layers.size() ? layers[i / kStatisticsCount].*kStatistics[i % kStatisticsCount] : kNaN;
}

/// NaN in all of them stands for an epoch that was not observed.
std::vector<LayerStatistics> statistics_of(const double* cells, const std::vector<std::string>& names) {
  const size_t count = names.size() * kStatisticsCount;
  if (std::all_of(cells, cells + count, [](double v) { return std::isnan(v); })) return {};
  std::vector<LayerStatistics> layers(names.size());
  for (size_t i = 0; i < count; ++i) layers[i / kStatisticsCount].*kStatistics[i % kStatisticsCount] = cells[i];
  for (size_t k = 0; k < names.size(); ++k) layers[k].layer = names[k];
  return layers;
}

/// Names of the layers that were observed in some epoch.
std::vector<std::string> layer_names(const Checkpoint& c) {
  const std::vector<LayerStatistics>* some = &c.layers;
  for (const EpochReport& r : c.history)
    if (some->empty()) some = &r.layers;
  std::vector<std::string> names;
  for (const LayerStatistics& s : *some) names.push_back(s.layer);
  return names;
}

TensorType type_of(Precision precision) { return precision == Precision::float32 ? TensorType::f32 : TensorType::f64; }

std::vector<int64_t> shape_of(const graph::Parameter& p) { return {p.rows, p.cols}; }

void add_flat(SafetensorsWriter& writer, const CheckpointLayout& layout, const std::string& prefix,
              const std::vector<double>& flat, bool trained_only) {
  for (const graph::Parameter& p : layout.program->parameters)
    if (p.trained || !trained_only)
      writer.add(prefix + p.name, type_of(layout.precision), shape_of(p),
                 [values = flat.data() + p.offset](size_t i) { return values[i]; });
}

void read_flat(const Safetensors& file, const CheckpointLayout& layout, const std::string& prefix,
               std::vector<double>& flat, bool trained_only) {
  for (const graph::Parameter& p : layout.program->parameters) {
    if (!p.trained && trained_only) continue;
    const std::vector<double> values = file.values(prefix + p.name, type_of(layout.precision), shape_of(p));
    std::copy(values.begin(), values.end(), flat.begin() + static_cast<std::ptrdiff_t>(p.offset));
  }
}

std::string slot_prefix(const CheckpointLayout& layout, const std::string& prefix, size_t slot) {
  return fmt::format("{}{}/", prefix, layout.slots[slot]);
}

void add_snapshot(SafetensorsWriter& writer, const CheckpointLayout& layout, const std::string& prefix,
                  const Snapshot& snapshot) {
  add_flat(writer, layout, prefix + "parameter/", snapshot.parameters, false);
  for (size_t s = 0; s < snapshot.slots.size(); ++s)
    add_flat(writer, layout, slot_prefix(layout, prefix, s), snapshot.slots[s], true);
}

void read_snapshot(const Safetensors& file, const CheckpointLayout& layout, const std::string& prefix,
                   const std::vector<double>& initial, Snapshot& snapshot) {
  snapshot.parameters = initial;
  read_flat(file, layout, prefix + "parameter/", snapshot.parameters, false);
  snapshot.slots.assign(layout.slots.size(), std::vector<double>(layout.program->trained_size));
  for (size_t s = 0; s < snapshot.slots.size(); ++s)
    read_flat(file, layout, slot_prefix(layout, prefix, s), snapshot.slots[s], true);
}

}  // namespace

Json manifest_of(const Checkpoint& c) {
  Json json = {{"version", kVersion},          {"position", to_json(c.now.position)},
               {"finished", c.finished},       {"stopped", c.stopped},
               {"fingerprint", c.fingerprint}, {"epochs_done", c.history.size()},
               {"identity", c.identity},       {"notes", c.notes}};
  json["layers"] = layer_names(c);
  if (c.good) json["good"] = to_json(c.good->position);
  return json;
}

std::string tensors_of(const Checkpoint& c, const CheckpointLayout& layout) {
  SafetensorsWriter writer;
  add_snapshot(writer, layout, "", c.now);
  if (!c.best.empty()) add_flat(writer, layout, "best/", c.best, false);
  if (c.good) add_snapshot(writer, layout, "good/", *c.good);
  writer.add("history", TensorType::f64, {static_cast<int64_t>(c.history.size()), kColumns},
             [&](size_t i) { return cell(c.history[i / kColumns], i % kColumns); });
  const size_t width = layer_names(c).size() * kStatisticsCount;
  writer.add("history.layers", TensorType::f64, {static_cast<int64_t>(c.history.size()), static_cast<int64_t>(width)},
             [&](size_t i) { return statistic(c.history[i / width].layers, i % width); });
  writer.add("layers", TensorType::f64, {static_cast<int64_t>(width)},
             [&](size_t i) { return statistic(c.layers, i); });
  return writer.bytes({{"history", kColumnNames}, {"layers", kStatisticsNames}});
}

Checkpoint read_checkpoint(const Json& manifest, std::string tensors, const CheckpointLayout& layout,
                           const std::vector<double>& initial, const std::string& name) {
  const CheckpointInfo info = info_of(manifest, name);
  const Safetensors file(std::move(tensors), name);
  Checkpoint c;
  c.now.position = position_of(member(manifest, "position", name), name);
  c.finished = info.finished;
  c.stopped = info.stopped;
  c.fingerprint = info.fingerprint;
  c.identity = member(manifest, "identity", name);
  c.notes = info.notes;
  read_snapshot(file, layout, "", initial, c.now);
  if (c.now.position.best_epoch > 0) {
    c.best = initial;
    read_flat(file, layout, "best/", c.best, false);
  }
  if (manifest.contains("good")) {
    c.good.emplace();
    c.good->position = position_of(manifest["good"], name + ", good");
    read_snapshot(file, layout, "good/", initial, *c.good);
  }
  c.history = history_of(file.values("history", TensorType::f64, {info.epochs_done, kColumns}), layout);
  std::vector<std::string> names;
  for (const Json& layer : member(manifest, "layers", name)) {
    if (!layer.is_string()) fail("{}: 'layers' is not a list of texts", name);
    names.push_back(layer.get<std::string>());
  }
  const auto width = static_cast<int64_t>(names.size() * kStatisticsCount);
  const std::vector<double> layers = file.values("history.layers", TensorType::f64, {info.epochs_done, width});
  for (size_t i = 0; i < c.history.size(); ++i)
    c.history[i].layers = statistics_of(layers.data() + i * static_cast<size_t>(width), names);
  c.layers = statistics_of(file.values("layers", TensorType::f64, {width}).data(), names);
  if (c.now.position.epoch != info.epochs_done + 1)
    fail("{}: it is in epoch {}, but knows {} whole ones", name, c.now.position.epoch, info.epochs_done);
  return c;
}

CheckpointInfo info_of(const Json& manifest, const std::string& name) {
  const Position position = position_of(member(manifest, "position", name), name);
  CheckpointInfo info;
  info.file = name;
  info.epoch = position.epoch;
  info.step = position.step;
  info.best_epoch = position.best_epoch;
  const Json& options = member(member(manifest, "identity", name), "options", name);
  info.epochs = static_cast<int>(read_integer(options, "epochs", name, 1, std::numeric_limits<int>::max()));
  const Json& finished = member(manifest, "finished", name);
  if (!finished.is_boolean()) fail("{}: 'finished' is not true or false", name);
  info.finished = finished.get<bool>();
  info.stopped = read_text(manifest, "stopped", name);
  info.fingerprint = read_text(manifest, "fingerprint", name);
  info.version = read_text(manifest, "version", name);
  info.epochs_done = static_cast<int>(read_integer(manifest, "epochs_done", name, 0, std::numeric_limits<int>::max()));
  const Json& notes = member(manifest, "notes", name);
  if (!notes.is_object()) fail("{}: 'notes' is not an object", name);
  for (const auto& [key, value] : notes.items()) {
    if (!value.is_string()) fail("{}: the note '{}' is not a text", name, key);
    info.notes[key] = value.get<std::string>();
  }
  return info;
}

}  // namespace training

std::optional<CheckpointInfo> latest_checkpoint(const std::string& folder) {
  std::vector<std::string> warnings;
  const auto stored = training::newest_checkpoint(folder, warnings);
  if (!stored) return std::nullopt;
  CheckpointInfo info = training::info_of(stored->body, stored->file);
  info.warnings = std::move(warnings);
  return info;
}

}  // namespace retrograd
