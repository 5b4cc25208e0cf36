#include "help/table.hpp"

#include <algorithm>

#include "graph/initializer.hpp"
#include "optim/optimizer.hpp"
#include "optim/schedule.hpp"
#include "settings/sections.hpp"
#include "settings/settings.hpp"
#include "train/prepare/activation.hpp"
#include "train/prepare/embedding.hpp"

namespace retrograd::cli {
namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(at, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// What the settings' table lists; names that only their check knows; the words of "text|json".
std::vector<std::string> values_of(const std::string& flag, const std::string& value) {
  if (value.find('|') != std::string::npos) return split(value, '|');
  std::string name = flag.substr(2);
  std::replace(name.begin(), name.end(), '-', '_');
  if (name == "activation") return training::hidden_activations();
  if (name == "embedding") return training::embedding_names();
  if (name == "optimizer") return names_of(optim::all_optimizers());
  if (name == "initializer") return names_of(graph::all_initializers());
  if (name.ends_with("schedule")) return names_of(optim::all_schedules());
  for (const SettingSpec& s : setting_specs())
    if (s.name == name) return s.words;
  return {};
}

bool is_file(const std::string& value) {
  return value.starts_with("FILE") || value == "DIR" || value == "DATA" || value == "MODEL";
}

}  // namespace

VerbEntry verb_entry(const CLI::App& app) {
  VerbEntry e;
  if (app.get_parent() != nullptr) e.name = app.get_name();
  e.help = app.get_description();
  e.footer = app.get_footer();
  for (const CLI::Option* o : app.get_options())
    if (o->get_positional()) {
      const std::string type = o->get_type_name();
      e.arguments.push_back({o->get_name(true), o->get_description(), o->get_required(),
                             o->get_items_expected_max() > 1,
                             type.find('|') != std::string::npos ? split(type, '|') : std::vector<std::string>()});
    }
  for (const std::string& group : app.get_groups())
    for (const CLI::Option* o : app.get_options()) {
      if (o->get_positional() || o->get_group() != group) continue;
      OptionEntry option;
      for (const std::string& s : o->get_snames()) option.flags.push_back("-" + s);
      for (const std::string& l : o->get_lnames()) option.flags.push_back("--" + l);
      if (o->get_items_expected_max() > 0) option.value = o->get_type_name();
      option.help = o->get_description();
      option.group = group;
      option.file = is_file(option.value);
      if (!option.value.empty()) option.values = values_of(option.flags.back(), option.value);
      e.options.push_back(std::move(option));
    }
  return e;
}

std::vector<VerbEntry> verb_table(const CLI::App& app) {
  std::vector<VerbEntry> table = {verb_entry(app)};
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({})) {
    table.push_back(verb_entry(*verb));
    names.push_back(verb->get_name());
  }
  for (VerbEntry& entry : table)
    for (ArgumentEntry& argument : entry.arguments)
      if (argument.name == "VERB") argument.values = names;
  return table;
}

std::string spelling(const OptionEntry& option) {
  std::string text;
  for (const std::string& flag : option.flags) text += (text.empty() ? "" : ", ") + flag;
  return option.value.empty() ? text : text + " " + option.value;
}

}  // namespace retrograd::cli
