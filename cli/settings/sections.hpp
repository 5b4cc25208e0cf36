// The sections of the table of settings, and what they share.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "base/fail.hpp"
#include "settings/settings.hpp"
#include "settings/suggest.hpp"

namespace retrograd::cli {

/// The settings of [network] and of [train], in the order of help.
std::vector<SettingSpec> network_settings();
std::vector<SettingSpec> train_settings();

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr Range kFrom0 = {0, kInf};
inline constexpr Range kAbove0 = {0, kInf, true};
inline constexpr Range kShare = {0, 1, false, true};

inline std::string listed(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

/// Of rooms, schedules or anything else that has a name.
template <class Infos>
std::vector<std::string> names_of(const Infos& infos) {
  std::vector<std::string> names;
  for (const auto& i : infos) {
    if constexpr (requires { i.info.name; })
      names.emplace_back(i.info.name);
    else
      names.emplace_back(i.name);
  }
  return names;
}

/// Adds the nearest name to a message about a wrong one.
template <class Parse>
void with_hint(const std::string& value, const std::vector<std::string>& names, Parse parse) {
  try {
    parse();
  } catch (const Error& e) {
    const std::string name = value.substr(0, value.find(':'));
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    fail("{}{}", e.what(), known ? std::string() : did_you_mean(name, names));
  }
}

}  // namespace retrograd::cli
