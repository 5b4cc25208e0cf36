// Settings as flags of a verb.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "settings/settings.hpp"

namespace retrograd::cli {

/// Adds a flag for every setting of `section` to `verb`, in the help's group of that name; what the user gives goes to
/// `settings` when the verb is parsed.
void add_flags(CLI::App& verb, Settings& settings, std::string_view section,
               std::vector<std::string_view> but_not = {});
/// Adds the flag of one setting. `group` empty: among the verb's own options.
void add_flag(CLI::App& verb, Settings& settings, std::string_view name, std::string_view group = {});
/// --threads and --simd of a verb that does not train.
void add_machine_flags(CLI::App& verb, Settings& settings);
/// A whole number of [low, high] for `value`.
void add_whole_number(CLI::App& verb, const std::string& flag, int64_t& value, int64_t low, int64_t high,
                      const std::string& help);

}  // namespace retrograd::cli
