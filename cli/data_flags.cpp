#include "data_flags.hpp"

#include <algorithm>

#include "base/fail.hpp"

namespace retrograd::cli {

DataOptions data_options(const Settings& settings) {
  DataOptions options;
  options.targets = settings.list("target");
  options.weight = settings.text("weight");
  options.ignore = settings.list("ignore");
  for (const std::string& override : settings.list("type")) add_type_override(options, override);
  if (const auto missing = settings.list("missing"); !missing.empty()) options.missing = missing;
  const std::string separator = settings.text("separator");
  if (separator == "tab" || separator == "\\t") {
    options.separator = '\t';
  } else if (separator.size() == 1) {
    options.separator = separator[0];
  } else if (separator != "auto") {
    fail("--separator is '{}', expected one character, tab or auto", separator);
  }
  const std::string task = settings.text("task");
  for (Task t : {Task::classification, Task::multilabel, Task::regression})
    if (task == to_string(t)) options.task = t;
  if (!options.task && task != "auto")
    fail("--task is '{}', expected classification, multilabel, regression or auto", task);
  return options;
}

void add_flags(CLI::App& verb, Settings& settings, std::string_view section, std::vector<std::string_view> but_not) {
  for (const SettingSpec& s : setting_specs()) {
    if (s.section != section || std::find(but_not.begin(), but_not.end(), s.name) != but_not.end()) continue;
    std::string flag = "--" + std::string(s.name);
    std::replace(flag.begin() + 2, flag.end(), '_', '-');
    std::string help(s.help);
    if (!s.initial.empty() && s.kind != Kind::boolean) help += " [" + std::string(s.initial) + "]";
    if (s.kind == Kind::boolean) {
      verb.add_flag_callback(flag, [&settings, name = s.name] { settings.set(name, "true"); }, help);
      continue;
    }
    // Widths are numbers, so their commas separate; a column's name may contain one.
    const bool commas = s.name == "hidden";
    const auto receive = [&settings, &s, commas](const std::vector<std::string>& given) {
      std::vector<std::string> values;
      for (const std::string& v : given) {
        if (!commas) {
          values.push_back(v);
          continue;
        }
        for (size_t at = 0; at <= v.size();) {
          const size_t comma = std::min(v.find(',', at), v.size());
          values.push_back(v.substr(at, comma - at));
          at = comma + 1;
        }
      }
      settings.set(s.name, std::move(values));
      return true;
    };
    CLI::Option* option = verb.add_option(flag, receive, help);
    option->type_name(s.hint.empty() ? "" : std::string(s.hint));
    if (s.kind == Kind::list)
      option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
    else
      option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
}

}  // namespace retrograd::cli
