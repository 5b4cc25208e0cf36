// Settings from and to config.toml.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "base/fail.hpp"
#include "graph/initializer.hpp"
#include "retrograd/operator.hpp"
#include "settings/settings.hpp"
#include "settings/suggest.hpp"
#include "settings/toml_text.hpp"

namespace retrograd::cli {
namespace {

/// The first line of what to_toml writes; by it such a file is told from one written by hand.
constexpr std::string_view kCompleteLine =
    "# The complete configuration of a run: retrograd train --config FILE repeats it.\n";

/// A basic string with every escape that TOML asks for.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + '"';
}

/// A TOML scalar as the text that a flag would have.
std::string scalar(const toml::node& node, const std::string& place) {
  if (const auto* s = node.as_string()) return s->get();
  if (const auto* i = node.as_integer()) return fmt::format("{}", i->get());
  if (const auto* f = node.as_floating_point()) return fmt::format("{}", f->get());
  if (const auto* b = node.as_boolean()) return b->get() ? "true" : "false";
  fail("{}: expected a string, a number or true/false", place);
}

/// One [[layer]], with the names and ranges that can be checked without the data.
class LayerReader {
 public:
  LayerReader(const toml::table& table, const std::string& path) : table_(table), path_(path) {}

  Layer read() {
    for (const auto& [k, node] : table_) {
      const std::string key(k.str());
      if (key == "type" || key == "name" || key == "initializer") {
        if (!node.is_string()) fail("{}: expected a string", where(node, key));
        (key == "type" ? layer_.type : key == "name" ? layer_.name : layer_.initializer) = node.as_string()->get();
      } else if (key == "units") {
        const auto v = node.value_exact<int64_t>();
        if (!v || *v < 1 || *v > (1 << 20)) fail("{}: expected a whole number from 1 to {}", where(node, key), 1 << 20);
        layer_.units = static_cast<int>(*v);
      } else if (key == "initializer_argument") {
        const auto v = node.value<double>();
        if (!v) fail("{}: expected a number", where(node, key));
        layer_.initializer_argument = *v;
      } else if (key == "inputs") {
        read_inputs(node);
      } else {
        const auto v = node.value<double>();
        if (!v) fail("{}: expected a number (an attribute of the operator)", where(node, key));
        layer_.attributes[key] = *v;
      }
    }
    if (layer_.type.empty()) fail("{}:{}: [[layer]] has no type, e.g. type = \"linear\"", path_, line(table_));
    check();
    return std::move(layer_);
  }

 private:
  static unsigned line(const toml::node& node) { return node.source().begin.line; }

  std::string where(const toml::node& node, std::string_view key) const {
    return fmt::format("{}:{}: [[layer]] {}", path_, line(node), key);
  }

  void read_inputs(const toml::node& node) {
    const toml::array* names = node.as_array();
    if (names == nullptr) fail("{}: expected a list of layer names, e.g. [\"a1\", \"x\"]", where(node, "inputs"));
    for (const toml::node& in : *names) {
      if (!in.is_string()) fail("{}: expected a list of layer names, e.g. [\"a1\", \"x\"]", where(node, "inputs"));
      layer_.inputs.push_back(in.as_string()->get());
    }
  }

  void check() const {
    std::vector<std::string> usable;
    const ops::OperatorInfo* info = nullptr;
    for (const ops::Operator* o : ops::all_operators()) {
      if (o->info->kind == ops::Kind::loss || o->info->kind == ops::Kind::preprocess) continue;
      usable.emplace_back(o->info->name);
      if (o->info->name == layer_.type) info = o->info;
    }
    if (info == nullptr)
      fail("{} is '{}', expected one of {}{}", where(*table_.get("type"), "type"), layer_.type, fmt::join(usable, ", "),
           did_you_mean(layer_.type, usable));
    if (info->kind == ops::Kind::linear && layer_.units == 0)
      fail("{}:{}: [[layer]] linear has no units, e.g. units = 128", path_, line(table_));
    if (!layer_.initializer.empty()) {
      try {
        graph::check_initializer(layer_.initializer, layer_.initializer_argument);
      } catch (const Error& e) {
        fail("{}: {}", where(*table_.get("initializer"), "initializer"), e.what());
      }
    }
    std::vector<std::string> attributes;
    for (const auto& a : info->attributes) attributes.emplace_back(a.name);
    for (const auto& [name, value] : layer_.attributes) {
      const auto a = std::find_if(info->attributes.begin(), info->attributes.end(),
                                  [&, key = std::string_view(name)](const auto& spec) { return spec.name == key; });
      const std::string place = where(*table_.get(name), name);
      if (a == info->attributes.end()) {
        attributes.insert(attributes.end(), {"type", "name", "inputs"});
        if (info->kind == ops::Kind::linear)
          attributes.insert(attributes.end(), {"units", "initializer", "initializer_argument"});
        fail("{}: {} has no such entry; it has: {}{}", place, layer_.type, fmt::join(attributes, ", "),
             did_you_mean(name, attributes));
      }
      if (!(value >= a->min && value <= a->max))
        fail("{} is {}, expected a number from {} to {}: {}", place, value, a->min, a->max, a->doc);
    }
  }

  const toml::table& table_;
  const std::string& path_;
  Layer layer_;
};

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

std::string file_text(const std::string& path) {
  if (std::error_code ignored; std::filesystem::is_directory(path, ignored))
    fail("{}: cannot read the configuration: it is a folder without config.toml", path);
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("{}: cannot open the configuration file: {}", path, std::strerror(errno));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void read_section(Settings& settings, const toml::table& table, const std::string& section, const std::string& path) {
  std::vector<std::string> known;
  for (const SettingSpec& s : setting_specs())
    if (s.section == section) known.emplace_back(s.name);
  for (const auto& [k, node] : table) {
    const std::string key(k.str());
    const std::string place = fmt::format("{}:{}: [{}] {}", path, node.source().begin.line, section, key);
    if (std::find(known.begin(), known.end(), key) == known.end())
      fail("{}: there is no such setting; [{}] has: {}{}", place, section, fmt::join(known, ", "),
           did_you_mean(key, known));
    if (!settings.layers.empty() && builds_layers(key))
      fail("{}: the hidden layers are described by [[layer]] in this file; leave out one of the two", place);
    std::vector<std::string> values;
    const toml::array* list = node.as_array();
    if (list != nullptr) {
      if (setting_spec(key).kind != Kind::list) fail("{}: expected one value, found a list", place);
      for (const toml::node& v : *list) values.push_back(scalar(v, place));
    } else {
      values.push_back(scalar(node, place));
    }
    settings.set(key, std::move(values), place);
  }
}

}  // namespace

Settings Settings::from_toml(const std::string& given_path) {
  std::string path = given_path;
  std::error_code ignored;
  if (const auto inside = std::filesystem::path(path) / "config.toml"; std::filesystem::exists(inside, ignored))
    path = inside.string();
  return from_toml_text(file_text(path), path);
}

Settings Settings::from_toml_text(const std::string& text, const std::string& path) {
  toml::table root;
  try {
    static_cast<void>(toml::parse(in_ascii(text), path));
    check_continued_lines(text, path);
    root = toml::parse(text, path);
  } catch (const toml::parse_error& e) {
    const bool hidden = in_ascii(text) != text && e.description().find("'?'") != std::string_view::npos;
    fail("{}:{}:{}: {}{}", path, e.source().begin.line, e.source().begin.column, e.description(),
         hidden ? " (a character that is not ASCII; outside of quotes and comments there may be none)" : "");
  }
  Settings settings;
  settings.complete = text.starts_with(kCompleteLine);
  if (const toml::node* layers = root.get("layer")) {
    const toml::array* list = layers->as_array();
    if (list == nullptr || !layers->is_array_of_tables())
      fail("{}:{}: write each layer as [[layer]]", path, layers->source().begin.line);
    for (const toml::node& layer : *list) {
      settings.layers.push_back(LayerReader(*layer.as_table(), path).read());
      settings.layer_places.push_back(fmt::format("{}:{}", path, layer.source().begin.line));
    }
  }
  for (const auto& [section_key, section] : root) {
    const std::string name(section_key.str());
    if (name == "layer") continue;
    const unsigned line = section.source().begin.line;
    if (name != "data" && name != "network" && name != "train")
      fail("{}:{}: there is no section '{}', only [data], [network], [train] and [[layer]]", path, line, name);
    if (!section.is_table()) fail("{}:{}: write [{}] on a line of its own and its settings below", path, line, name);
    read_section(settings, *section.as_table(), name, path);
  }
  return settings;
}

std::string Settings::to_toml() const {
  std::string out(kCompleteLine);
  out += "# Paths are relative to the folder in which retrograd runs.\n";
  std::string_view section;
  for (const SettingSpec& s : setting_specs()) {
    if (s.section != section) {
      section = s.section;
      out += fmt::format("\n[{}]\n", section);
    }
    if (!layers.empty() && builds_layers(s.name)) continue;  // [[layer]] says it
    const auto written = [&](const std::string& value) {
      const bool word = s.name == "hidden" ? value == "auto" || value == "none"
                                           : std::find(s.words.begin(), s.words.end(), value) != s.words.end();
      const bool bare =
          s.kind == Kind::number || s.kind == Kind::integer || s.kind == Kind::boolean || s.name == "hidden";
      return bare && !word ? value : quoted(value);
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
