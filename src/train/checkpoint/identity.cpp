#include "train/checkpoint/identity.hpp"

#include <set>

#include "base/fail.hpp"
#include "base/fingerprint.hpp"
#include "graph/program.hpp"
#include "retrograd/version.hpp"

namespace retrograd::training {
namespace {

using Json = nlohmann::json;

Json options_of(const TrainOptions& o) {
  return {{"optimizer", o.optimizer},
          {"learning rate", o.learning_rate},
          {"schedule", o.schedule},
          {"batch", o.batch},
          {"epochs", o.epochs},
          {"patience", o.patience},
          {"metric", o.metric},
          {"augment", o.augment},
          {"augment schedule", o.augment_schedule},
          {"weight decay", o.weight_decay},
          {"decay schedule", o.decay_schedule},
          {"dropout schedule", o.dropout_schedule},
          {"l1", o.l1},
          {"l2", o.l2},
          {"max norm", o.max_norm},
          {"clip norm", o.clip_norm},
          {"clip value", o.clip_value},
          {"balanced classes", o.balanced_classes},
          {"class weights", o.class_weights},
          {"reduction", o.reduction == Reduction::mean ? "mean" : "sum"},
          {"shards", o.shards},
          {"seed", o.seed},
          {"precision", to_string(o.precision)}};
}

std::string hash(const Block& block) {
  Fingerprint print;
  print.add(block.name).add(&block.cols, sizeof block.cols);
  std::visit([&](const auto& values) { print.add(values.data(), values.size() * sizeof(values[0])); }, block.values);
  return print.hex().substr(0, 16);
}

Json data_of(const Dataset& data) {
  Json json = {{"rows", data.rows}};
  for (const Block& block : data.inputs) json["input " + block.name] = hash(block);
  json["target"] = hash(data.target);
  if (!data.weight.empty()) json["weight"] = hash(data.weight);
  return json;
}

std::string shown(const Json* json) {
  if (json == nullptr) return "nothing";
  std::string text =
      json->is_string() ? json->get<std::string>() : json->dump(-1, ' ', false, Json::error_handler_t::replace);
  constexpr size_t kLongest = 60;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
  return text;
}

/// "data, train, rows" rather than a JSON path; elements that have a name are called by it.
std::string below(const std::string& place, const std::string& key) { return place.empty() ? key : place + ", " + key; }

void compare(const std::string& place, const Json* then, const Json* now, std::vector<std::string>& lines) {
  if (then != nullptr && now != nullptr && *then == *now) return;
  const bool both = then != nullptr && now != nullptr;
  if (both && then->is_object() && now->is_object()) {
    std::set<std::string> keys;
    for (const auto& [key, value] : then->items()) keys.insert(key);
    for (const auto& [key, value] : now->items()) keys.insert(key);
    const auto at = [](const Json& json, const std::string& key) {
      const auto found = json.find(key);
      return found == json.end() ? nullptr : &*found;
    };
    for (const std::string& key : keys) compare(below(place, key), at(*then, key), at(*now, key), lines);
  } else if (both && then->is_array() && now->is_array() && then->size() == now->size()) {
    for (size_t i = 0; i < then->size(); ++i) {
      const Json& one = (*then)[i];
      const bool named = one.is_object() && one.contains("name") && one["name"].is_string() && one["name"] != "";
      compare(below(place, named ? fmt::format("'{}'", one["name"].get<std::string>()) : fmt::format("{}", i + 1)),
              &one, &(*now)[i], lines);
    }
  } else {
    lines.push_back(fmt::format("{}: {} in the checkpoint, {} now", place, shown(then), shown(now)));
  }
}

}  // namespace

Json identity_of(const Network& network, const TrainOptions& options, const DataSpec& spec, const Dataset& data,
                 const Dataset* valid) {
  Json json = {{"version", kVersion}, {"options", options_of(options)}};
  json["network"] = Json::parse(graph::to_json(network));
  json["columns"] = Json::parse(to_json(spec));
  json["data"] = {{"training", data_of(data)}, {"validation", valid != nullptr ? data_of(*valid) : Json()}};
  return json;
}

std::vector<std::string> differences(const Json& then, const Json& now, size_t limit) {
  std::vector<std::string> lines;
  // What matters most first; the rest often follows from it.
  for (const char* part : {"version", "options", "data", "network", "columns"}) {
    const auto at = [&](const Json& json) {
      const auto found = json.is_object() ? json.find(part) : json.end();
      return json.is_object() && found != json.end() ? &*found : nullptr;
    };
    Json before = at(then) != nullptr ? *at(then) : Json(), after = at(now) != nullptr ? *at(now) : Json();
    std::string place = part;
    if (place == "options") {
      place.clear();
      if (before.contains("epochs") && after.contains("epochs") && before["epochs"].is_number() &&
          after["epochs"] > before["epochs"])
        before["epochs"] = after["epochs"];
    }
    compare(place, &before, &after, lines);
  }
  if (lines.size() > limit) {
    const size_t more = lines.size() - limit;
    lines.resize(limit);
    lines.push_back(fmt::format("and {} more", more));
  }
  return lines;
}

}  // namespace retrograd::training
