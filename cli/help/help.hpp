// Help texts and messages about wrong usage.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

namespace retrograd::cli {

/// Help of at most 92 columns: what it does, usage, arguments, options by group, examples (the app's footer).
std::shared_ptr<CLI::FormatterBase> help_formatter();

/// "error: …" for a command line that could not be parsed, with the nearest name, and where the help is.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error);

}  // namespace retrograd::cli
