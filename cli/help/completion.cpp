// Scripts for bash, zsh and fish that complete a command line, from the same table as the help.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/fail.hpp"
#include "help/table.hpp"

namespace retrograd::cli {
namespace {

std::string joined(const std::vector<std::string>& words, const char* with = " ") {
  return fmt::format("{}", fmt::join(words, with));
}

std::vector<std::string> all_flags(const VerbEntry& entry) {
  std::vector<std::string> flags;
  for (const OptionEntry& o : entry.options) flags.push_back(o.flags.back());
  return flags;
}

std::vector<std::string> verb_names(const std::vector<VerbEntry>& table) {
  std::vector<std::string> names;
  for (size_t i = 1; i < table.size(); ++i) names.push_back(table[i].name);
  return names;
}

/// The words that a verb's arguments may be; empty: files.
std::vector<std::string> argument_words(const VerbEntry& entry) {
  return entry.arguments.empty() ? std::vector<std::string>() : entry.arguments[0].values;
}

/// `text` between single quotes, for any of the shells.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// ---- bash: a function that fills COMPREPLY. A word with values is known by the word before it.

std::string bash_options(const VerbEntry& entry) {
  std::string text;
  for (const OptionEntry& o : entry.options) {
    if (o.value.empty()) continue;
    const std::string values = o.values.empty() ? "" : fmt::format("\"{}\"", joined(o.values));
    const char* const files = o.values.empty() && o.file ? "1" : "";
    text += fmt::format("          {}) words={} files={} ;;\n", joined(o.flags, "|"), values, files);
  }
  return text;
}

std::string bash(const std::vector<VerbEntry>& table) {
  std::string cases;
  for (size_t i = 1; i < table.size(); ++i) {
    const VerbEntry& e = table[i];
    const std::vector<std::string> words = argument_words(e);
    const std::string options = bash_options(e);
    cases += fmt::format("    {})\n      flags=\"{}\"\n", e.name, joined(all_flags(e)));
    cases += words.empty() ? "      files=1\n" : fmt::format("      words=\"{}\"\n", joined(words));
    if (!options.empty())
      cases += "      if [[ $before == -* ]]; then\n        case $before in\n" + options + "        esac\n      fi\n";
    cases += "      ;;\n";
  }
  return fmt::format(
      "# bash completion of retrograd: written by `retrograd completion bash`.\n"
      "_retrograd() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before= flags= words= files=\n"
      "  COMPREPLY=()\n"
      "  if [[ $COMP_CWORD -eq 1 ]]; then\n"
      "    COMPREPLY=($(compgen -W \"{} {}\" -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  before=${{COMP_WORDS[COMP_CWORD - 1]}}\n"
      "  case ${{COMP_WORDS[1]}} in\n{}  esac\n"
      "  if [[ $word == -* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$flags\" -- \"$word\"))\n"
      "  elif [[ -n $words ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  elif [[ -n $files ]]; then\n"
      "    compopt -o filenames 2>/dev/null\n"
      "    local IFS=$'\\n'\n"
      "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "  fi\n"
      "}}\n"
      "complete -F _retrograd retrograd\n",
      joined(verb_names(table)), joined(all_flags(table[0])), cases);
}

// ---- zsh: _arguments with a description of every option.

/// Inside single quotes of a specification: brackets and colons mean something.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out;
}

std::string zsh_value(const std::vector<std::string>& values, const std::string& name, bool file) {
  const std::string action = !values.empty() ? "(" + joined(values) + ")" : file ? "_files" : "";
  return ":" + zsh_text(name) + ":" + zsh_text(action);
}

std::string zsh(const std::vector<VerbEntry>& table) {
  std::string verbs, cases;
  for (size_t i = 1; i < table.size(); ++i) {
    const VerbEntry& e = table[i];
    verbs += fmt::format("    '{}:{}'\n", e.name, zsh_text(e.help));
    std::string specs;
    for (const OptionEntry& o : e.options)
      for (const std::string& flag : o.flags)
        specs += fmt::format(" \\\n        '*{}[{}]{}'", flag, zsh_text(o.help),
                             o.value.empty() ? "" : zsh_value(o.values, o.value, o.file));
    for (const ArgumentEntry& a : e.arguments)
      specs += fmt::format(" \\\n        '{}{}'", a.repeated ? "*" : "", zsh_value(a.values, a.name, a.values.empty()));
    cases += fmt::format("    {})\n      _arguments{}\n      ;;\n", e.name, specs);
  }
  return fmt::format(
      "#compdef retrograd\n"
      "# zsh completion of retrograd: written by `retrograd completion zsh`.\n"
      "_retrograd() {{\n"
      "  local -a verbs=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe -t verbs verb verbs\n"
      "    [[ $PREFIX == -* ]] && compadd -- {}\n"
      "    return\n"
      "  fi\n"
      "  local verb=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $verb in\n{}  esac\n"
      "}}\n"
      "# From a folder of fpath the file is the function; sourced, it announces it.\n"
      "if [[ ${{funcstack[1]}} == _retrograd ]]; then\n"
      "  _retrograd \"$@\"\n"
      "else\n"
      "  compdef _retrograd retrograd\n"
      "fi\n",
      verbs, joined(all_flags(table[0])), cases);
}

// ---- fish: one line an option.

std::string fish(const std::vector<VerbEntry>& table) {
  std::string text =
      "# fish completion of retrograd: written by `retrograd completion fish`.\n"
      "complete -c retrograd -n __fish_use_subcommand -f\n";
  const auto option = [&text](const std::string& when, const OptionEntry& o) {
    text += "complete -c retrograd -n " + quoted(when);
    for (const std::string& flag : o.flags)
      text += flag.starts_with("--") ? " -l " + flag.substr(2) : " -s " + flag.substr(1);
    if (!o.value.empty()) text += o.file && o.values.empty() ? " -r -F" : " -x";
    if (!o.values.empty()) text += " -a " + quoted(joined(o.values));
    text += " -d " + quoted(o.help) + "\n";
  };
  for (const OptionEntry& o : table[0].options) option("__fish_use_subcommand", o);
  for (size_t i = 1; i < table.size(); ++i) {
    const VerbEntry& e = table[i];
    text += fmt::format("complete -c retrograd -n __fish_use_subcommand -a {} -d {}\n", e.name, quoted(e.help));
    const std::string seen = "__fish_seen_subcommand_from " + e.name;
    if (const auto words = argument_words(e); !words.empty())
      text += fmt::format("complete -c retrograd -n {} -f -a {}\n", quoted(seen), quoted(joined(words)));
    for (const OptionEntry& o : e.options) option(seen, o);
  }
  return text;
}

}  // namespace

const std::vector<std::string>& completion_shells() {
  static const std::vector<std::string> shells = {"bash", "zsh", "fish"};
  return shells;
}

std::string completion_script(const std::vector<VerbEntry>& table, const std::string& shell) {
  if (shell == "bash") return bash(table);
  if (shell == "zsh") return zsh(table);
  if (shell == "fish") return fish(table);
  fail("no completion for the shell '{}'; there is {}", shell, joined(completion_shells(), ", "));
}

}  // namespace retrograd::cli
