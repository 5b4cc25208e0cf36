// The flags that say how a data file is read, for verbs without a configuration file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "retrograd/data.hpp"
#include "settings.hpp"

namespace retrograd::cli {

/// Reading options from the [data] settings. Throws Error for a bad separator, type or task.
DataOptions data_options(const Settings& settings);

/// Adds a flag for every setting of `section` to `verb`; what the user gives goes to `settings` when the verb runs.
void add_flags(CLI::App& verb, Settings& settings, std::string_view section, std::vector<std::string_view> but_not = {});

struct DataFlags {
  Settings settings;
  void add_to(CLI::App& verb) { add_flags(verb, settings, "data", {"train", "valid", "valid_fraction", "test"}); }
  DataOptions options() const { return data_options(settings); }
};

}  // namespace retrograd::cli
