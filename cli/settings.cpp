#include "settings.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "base/fail.hpp"

namespace retrograd::cli {
namespace {

const SettingSpec& spec_of(std::string_view name) {
  for (const SettingSpec& s : setting_specs())
    if (s.name == name) return s;
  fail("there is no setting '{}'", name);
}

std::string flag(std::string_view name) {
  std::string f = "--" + std::string(name);
  std::replace(f.begin() + 2, f.end(), '_', '-');
  return f;
}

bool parses_as_number(const std::string& text, double& value) {
  const auto [end, error] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

void check_kind(const SettingSpec& s, const std::string& value) {
  if (value == "auto" && s.initial == "auto") return;
  double number = 0;
  int64_t integer = 0;
  switch (s.kind) {
    case Kind::number:
      if (!parses_as_number(value, number)) fail("{} is '{}', expected a number{}", flag(s.name), value, s.initial == "auto" ? " or auto" : "");
      break;
    case Kind::integer: {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), integer);
      if (error != std::errc{} || end != value.data() + value.size())
        fail("{} is '{}', expected a whole number{}", flag(s.name), value, s.initial == "auto" ? " or auto" : "");
      break;
    }
    case Kind::boolean:
      if (value != "true" && value != "false") fail("{} is '{}', expected true or false", flag(s.name), value);
      break;
    case Kind::text:
    case Kind::list: break;
  }
}

std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

/// A TOML scalar as the text that a flag would have.
std::string scalar(const toml::node& node, const std::string& place) {
  if (const auto* s = node.as_string()) return s->get();
  if (const auto* i = node.as_integer()) return fmt::format("{}", i->get());
  if (const auto* f = node.as_floating_point()) return fmt::format("{}", f->get());
  if (const auto* b = node.as_boolean()) return b->get() ? "true" : "false";
  fail("{}: expected a string, a number or true/false", place);
}

Layer read_layer(const toml::table& table, const std::string& path) {
  Layer layer;
  const auto where = [&](const toml::node& node, std::string_view key) {
    return fmt::format("{}:{}: [[layer]] {}", path, node.source().begin.line, key);
  };
  for (const auto& [k, node] : table) {
    const std::string key(k.str());
    const auto whole = [&]() -> int {
      const auto v = node.value_exact<int64_t>();
      if (!v || *v < 0 || *v > (1 << 24)) fail("{}: expected a whole number from 0 to {}", where(node, key), 1 << 24);
      return static_cast<int>(*v);
    };
    if (key == "type" || key == "name" || key == "initializer") {
      if (!node.is_string()) fail("{}: expected a string", where(node, key));
      (key == "type" ? layer.type : key == "name" ? layer.name : layer.initializer) = node.as_string()->get();
    } else if (key == "units") {
      layer.units = whole();
    } else if (key == "initializer_argument") {
      const auto v = node.value<double>();
      if (!v) fail("{}: expected a number", where(node, key));
      layer.initializer_argument = *v;
    } else if (key == "inputs") {
      if (!node.is_array()) fail("{}: expected a list of layer names", where(node, key));
      for (const toml::node& in : *node.as_array()) {
        if (!in.is_string()) fail("{}: expected a list of layer names", where(node, key));
        layer.inputs.push_back(in.as_string()->get());
      }
    } else {
      // Everything else is an attribute of the operator; compile() checks its name and range.
      const auto v = node.value<double>();
      if (!v) fail("{}: expected a number (an attribute of the operator)", where(node, key));
      layer.attributes[key] = *v;
    }
  }
  if (layer.type.empty()) fail("{}:{}: [[layer]] has no type", path, table.source().begin.line);
  return layer;
}

void write_layer(std::string& out, const Layer& layer) {
  out += fmt::format("\n[[layer]]\ntype = {}\n", quoted(layer.type));
  if (!layer.name.empty()) out += fmt::format("name = {}\n", quoted(layer.name));
  if (!layer.inputs.empty()) {
    std::vector<std::string> names;
    for (const std::string& in : layer.inputs) names.push_back(quoted(in));
    out += fmt::format("inputs = [{}]\n", fmt::join(names, ", "));
  }
  if (layer.units > 0) out += fmt::format("units = {}\n", layer.units);
  if (!layer.initializer.empty()) out += fmt::format("initializer = {}\n", quoted(layer.initializer));
  if (layer.initializer_argument != 0) out += fmt::format("initializer_argument = {}\n", layer.initializer_argument);
  for (const auto& [name, value] : layer.attributes) out += fmt::format("{} = {}\n", name, value);
}

}  // namespace

const std::vector<SettingSpec>& setting_specs() {
  static const std::vector<SettingSpec> specs = {
      {"data", "train", Kind::text, "", "training data: a CSV or TSV file (also .gz), idx:DIR, idx:IMAGES,LABELS, npy:X.npy,y.npy, npz:FILE", "DATA"},
      {"data", "target", Kind::list, "", "column to predict; several for several outputs", "COLUMN"},
      {"data", "task", Kind::text, "auto", "classification, multilabel or regression", "TASK"},
      {"data", "valid", Kind::text, "", "validation data; without it a part of the training data is held out", "DATA"},
      {"data", "valid_fraction", Kind::number, "auto", "part held out for validation: 0 for none, below 1", "F"},
      {"data", "test", Kind::text, "", "test data, read once after training", "DATA"},
      {"data", "weight", Kind::text, "", "column of row weights", "COLUMN"},
      {"data", "ignore", Kind::list, "", "columns to leave out", "COLUMN"},
      {"data", "type", Kind::list, "", "override a column's type: NAME=numeric|categorical|boolean|ignore", "NAME=TYPE"},
      {"data", "missing", Kind::list, "", "texts that mean 'missing' (default: empty, NA, NaN, ?, null, …)", "TEXT"},
      {"data", "separator", Kind::text, "auto", "field separator, one character or 'tab'", "C"},
      {"network", "hidden", Kind::list, "auto", "widths of the hidden layers, e.g. 256,128", "N,N"},
      {"network", "activation", Kind::text, "relu", "activation of the hidden layers", "NAME"},
      {"network", "dropout", Kind::number, "auto", "dropout rate after each hidden layer, 0 to below 1", "P"},
      {"network", "normalise", Kind::text, "none", "none, layer_norm or batch_norm", "NAME"},
      {"network", "initializer", Kind::text, "auto", "he_normal, glorot_uniform, lecun_normal, orthogonal, …", "NAME"},
      {"network", "loss", Kind::text, "auto", "softmax_xent, sigmoid_bce, squared, absolute or huber", "NAME"},
      {"network", "smoothing", Kind::number, "0", "label smoothing, 0 to below 1", "S"},
      {"train", "optimizer", Kind::text, "adamw", "sgd, momentum, nesterov, rmsprop, adam, adamw; attributes as adam:beta1=0.8", "NAME"},
      {"train", "lr", Kind::number, "auto", "learning rate", "ETA"},
      {"train", "schedule", Kind::text, "cosine", "constant, step, exponential, cosine, one_cycle, plateau; attributes as step:every=10", "NAME"},
      {"train", "batch", Kind::text, "auto", "rows a step; full for full-batch gradient descent", "N"},
      {"train", "epochs", Kind::integer, "100", "passes over the training data", "N"},
      {"train", "patience", Kind::integer, "16", "epochs without improvement before stopping; 0: never", "N"},
      {"train", "metric", Kind::text, "auto", "watched on validation data: loss, accuracy, auc, macro_f1, rmse, mae, r2", "NAME"},
      {"train", "weight_decay", Kind::number, "auto", "weight decay", "L"},
      {"train", "l1", Kind::number, "0", "L1 penalty of each weight", "L"},
      {"train", "l2", Kind::number, "0", "L2 penalty of each weight", "L"},
      {"train", "max_norm", Kind::number, "0", "largest norm of a unit's incoming weights; 0: none", "C"},
      {"train", "clip_norm", Kind::number, "0", "clip the gradient to this norm; 0: none", "C"},
      {"train", "clip_value", Kind::number, "0", "clip each gradient to this size; 0: none", "C"},
      {"train", "balanced", Kind::boolean, "false", "weigh rows so that every class counts the same"},
      {"train", "reduction", Kind::text, "mean", "follow the gradient of the mean over the batch, or of the sum", "mean|sum"},
      {"train", "precision", Kind::text, "float32", "float32 (fast) or float64 (plain reference)", "P"},
      {"train", "seed", Kind::integer, "1", "seed of initial weights, order and dropout", "N"},
      {"train", "threads", Kind::text, "auto", "threads; the result does not depend on it", "N"},
  };
  return specs;
}

Settings Settings::from_toml(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("{}: cannot open the configuration file", path);
  std::stringstream text;
  text << file.rdbuf();
  toml::table root;
  try {
    root = toml::parse(text.str(), path);
  } catch (const toml::parse_error& e) {
    fail("{}:{}:{}: {}", path, e.source().begin.line, e.source().begin.column, e.description());
  }
  Settings settings;
  for (const auto& [section_key, section] : root) {
    const std::string name(section_key.str());
    if (name == "layer") {
      if (!section.is_array_of_tables()) fail("{}:{}: write each layer as [[layer]]", path, section.source().begin.line);
      for (const toml::node& layer : *section.as_array()) settings.layers.push_back(read_layer(*layer.as_table(), path));
      continue;
    }
    std::vector<std::string_view> known;
    for (const SettingSpec& s : setting_specs())
      if (s.section == name) known.push_back(s.name);
    if (known.empty() || !section.is_table())
      fail("{}:{}: unknown section '{}'; there are [data], [network], [train] and [[layer]]", path,
           section.source().begin.line, name);
    for (const auto& [k, node] : *section.as_table()) {
      const std::string key(k.str());
      const std::string place = fmt::format("{}:{}: [{}] {}", path, node.source().begin.line, name, key);
      if (std::find(known.begin(), known.end(), key) == known.end())
        fail("{}: there is no such setting; [{}] has: {}", place, name, fmt::join(known, ", "));
      std::vector<std::string> values;
      if (const toml::array* list = node.as_array()) {
        for (const toml::node& v : *list) values.push_back(scalar(v, place));
      } else {
        values.push_back(scalar(node, place));
      }
      try {
        settings.set(key, std::move(values));
      } catch (const Error& e) {
        fail("{}: {}", place, e.what());
      }
    }
  }
  return settings;
}

void Settings::set(std::string_view name, std::vector<std::string> values) {
  const SettingSpec& s = spec_of(name);
  if (s.kind != Kind::list && values.size() != 1) fail("{} takes one value, found {}", flag(name), values.size());
  for (const std::string& v : values) check_kind(s, v);
  values_.insert_or_assign(std::string(name), std::move(values));
}

void Settings::override_with(const Settings& other) {
  for (const auto& [name, values] : other.values_) values_.insert_or_assign(name, values);
  if (other.given("hidden")) layers.clear();
}

std::string Settings::text(std::string_view name) const {
  const auto it = values_.find(name);
  if (it == values_.end()) return std::string(spec_of(name).initial);
  return it->second.empty() ? std::string() : it->second[0];
}

double Settings::number(std::string_view name) const {
  double value = 0;
  if (!parses_as_number(text(name), value)) fail("{} is '{}', expected a number", flag(name), text(name));
  return value;
}

int64_t Settings::integer(std::string_view name) const {
  const std::string t = text(name);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(t.data(), t.data() + t.size(), value);
  if (error != std::errc{} || end != t.data() + t.size()) fail("{} is '{}', expected a whole number", flag(name), t);
  return value;
}

bool Settings::boolean(std::string_view name) const { return text(name) == "true"; }

std::vector<std::string> Settings::list(std::string_view name) const {
  const auto it = values_.find(name);
  if (it != values_.end()) return it->second;
  const std::string_view initial = spec_of(name).initial;
  return initial.empty() ? std::vector<std::string>{} : std::vector<std::string>{std::string(initial)};
}

std::string Settings::to_toml() const {
  std::string out = "# The complete configuration of a run: retrograd train --config FILE repeats it.\n";
  std::string_view section;
  for (const SettingSpec& s : setting_specs()) {
    if (s.section != section) {
      section = s.section;
      out += fmt::format("\n[{}]\n", section);
    }
    const auto written = [&](const std::string& value) {
      double number = 0;
      const bool bare = s.kind == Kind::boolean || ((s.kind == Kind::number || s.kind == Kind::integer) && parses_as_number(value, number));
      return bare ? value : quoted(value);
    };
    if (s.kind == Kind::list) {
      std::vector<std::string> values;
      for (const std::string& v : list(s.name)) values.push_back(written(v));
      out += fmt::format("{} = [{}]\n", s.name, fmt::join(values, ", "));
    } else {
      out += fmt::format("{} = {}\n", s.name, written(text(s.name)));
    }
  }
  for (const Layer& layer : layers) write_layer(out, layer);
  return out;
}

}  // namespace retrograd::cli
