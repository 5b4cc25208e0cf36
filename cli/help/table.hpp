// The command line as a table of verbs and options: what help, manual pages and completions are written from.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace retrograd::cli {

struct OptionEntry {
  std::vector<std::string> flags;  ///< "-h", "--help"
  std::string value;               ///< how its value is written, "FILE.csv"; empty: it takes none
  std::string help;
  std::string group;                ///< the heading that it stands under
  std::vector<std::string> values;  ///< those it may have, as far as they can be listed
  bool file = false;                ///< its value is a file or a folder
};

struct ArgumentEntry {
  std::string name;  ///< "DATA"
  std::string help;
  bool required = false, repeated = false;
  std::vector<std::string> values;  ///< empty: a file or a folder
};

struct VerbEntry {
  std::string name;  ///< empty: the program itself
  std::string help;
  std::vector<ArgumentEntry> arguments;
  std::vector<OptionEntry> options;
  std::string footer;
};

/// What the table says of the program or of one verb.
VerbEntry verb_entry(const CLI::App& app);

/// The program first, then every verb in the order of its help.
std::vector<VerbEntry> verb_table(const CLI::App& app);

/// "--out FILE.csv", "-h, --help".
std::string spelling(const OptionEntry& option);

/// The page in the language of man(7), of one entry of the table.
std::string manual_page(const std::vector<VerbEntry>& table, const VerbEntry& entry);

/// The script that completes the program's command line. `shell` is one of completion_shells().
std::string completion_script(const std::vector<VerbEntry>& table, const std::string& shell);
const std::vector<std::string>& completion_shells();

}  // namespace retrograd::cli
