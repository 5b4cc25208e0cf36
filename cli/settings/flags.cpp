#include "settings/flags.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/fail.hpp"

namespace retrograd::cli {
namespace {

/// "Data" of "data".
std::string title(std::string_view section) {
  std::string t(section);
  t[0] = static_cast<char>(t[0] - 'a' + 'A');
  return t + " options, [" + std::string(section) + "] in config.toml";
}

std::vector<std::string> at_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

}  // namespace

void add_flag(CLI::App& verb, Settings& settings, std::string_view name, std::string_view group) {
  const SettingSpec& s = setting_spec(name);
  const std::string flag = flag_of(name);
  std::string help = s.help;
  if (!s.initial.empty() && s.kind != Kind::boolean) help += fmt::format(" [{}]", s.initial);
  CLI::Option* option = nullptr;
  if (s.kind == Kind::boolean) {
    option = verb.add_flag_function(
        flag, [&settings, &s](int64_t count) { settings.set(s.name, count > 0 ? "true" : "false"); }, help);
  } else {
    const auto receive = [&settings, &s, flag](const std::vector<std::string>& given) {
      // The empty text is a value that may mean "missing"; everywhere else it is a mistake of a script.
      for (const std::string& v : given)
        if (v.empty() && s.name != "missing")
          fail("{} is empty, expected {}", flag, s.hint.empty() ? "a value" : s.hint);
      // Widths are numbers, so their commas separate; a column's name may contain one.
      settings.set(s.name, s.name == "hidden" ? at_commas(given.back()) : given);
      return true;
    };
    option = verb.add_option(flag, receive, help);
    option->type_name(std::string(s.hint))->expected(1);
    if (s.kind == Kind::list && s.name != "hidden")
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
    else
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  if (!group.empty()) option->group(std::string(group));
}

void add_flags(CLI::App& verb, Settings& settings, std::string_view section, std::vector<std::string_view> but_not) {
  for (const SettingSpec& s : setting_specs())
    if (s.section == section && std::find(but_not.begin(), but_not.end(), s.name) == but_not.end())
      add_flag(verb, settings, s.name, title(section));
}

void add_machine_flags(CLI::App& verb, Settings& settings) {
  add_flag(verb, settings, "threads");
  add_flag(verb, settings, "simd");
}

void add_whole_number(CLI::App& verb, const std::string& flag, int64_t& value, int64_t low, int64_t high,
                      const std::string& help) {
  verb.add_option_function<std::string>(
          flag, [&value, flag, low, high](const std::string& text) { value = whole_number(flag, text, low, high); },
          value < low ? help : fmt::format("{} [{}]", help, value))  // below: there is none, it must be given
      ->type_name("N")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

}  // namespace retrograd::cli
