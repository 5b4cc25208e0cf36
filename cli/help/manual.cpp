// The manual pages, in the language of man(7), from the same table as the help.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "help/table.hpp"
#include "retrograd/version.hpp"

namespace retrograd::cli {
namespace {

/// Text that stays as it is: what roff reads as its own, and what it would print as typographic signs.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        out += c;
    }
  return out;
}

/// A line of text, which may begin with what would be a request.
std::string line(const std::string& text) { return (text.starts_with('.') ? "\\&" : "") + escaped(text) + "\n"; }

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string page_name(const VerbEntry& entry) { return entry.name.empty() ? "retrograd" : "retrograd-" + entry.name; }

std::string item(const std::string& bold, const std::string& italic, const std::string& text) {
  const std::string value = italic.empty() ? "" : fmt::format(" \\fI{}\\fR", escaped(italic));
  return fmt::format(".TP\n\\fB{}\\fR{}\n{}", escaped(bold), value, line(text));
}

std::string synopsis(const VerbEntry& entry) {
  if (entry.name.empty())
    return ".B retrograd\n\\fIVERB\\fR [\\fIOPTIONS\\fR]\n.br\n.B retrograd\n\\fIVERB\\fR \\-\\-help\n";
  std::string text = fmt::format(".B retrograd {}\n", entry.name);
  for (const ArgumentEntry& a : entry.arguments)
    text += fmt::format("{0}\\fI{2}\\fR{3}{1}\n", a.required ? "" : "[", a.required ? "" : "]", escaped(a.name),
                        a.repeated ? " ..." : "");
  return text + "[\\fIOPTIONS\\fR]\n";
}

std::string options(const VerbEntry& entry) {
  std::string text = ".SH OPTIONS\n", group = "Options";
  for (const OptionEntry& o : entry.options) {
    if (o.group != group) text += ".SS " + line(group = o.group);
    std::string flags;
    for (const std::string& flag : o.flags) flags += (flags.empty() ? "" : ", ") + flag;
    text += item(flags, o.value, o.help);
  }
  return text;
}

/// The footer: indented lines are examples, what speaks of exit codes has a section of its own.
std::string ending(const std::string& footer) {
  std::string text, section, codes;
  bool in_examples = false;
  for (size_t begin = 0; begin < footer.size();) {
    const size_t end = std::min(footer.find('\n', begin), footer.size());
    const std::string words = footer.substr(begin, end - begin);
    begin = end + 1;
    const bool example = words.starts_with("  ");
    if (in_examples && !example) text += ".EE\n";
    if (words == "Example:" || words == "Examples:")
      text += ".SH EXAMPLES\n";
    else if (words.starts_with("Exit code"))
      codes = ".SH EXIT STATUS\n" + line(words);
    else if (!codes.empty() && !words.empty())
      codes += line(words);
    else if (words.empty())
      section = ".SH NOTES\n";
    else if (example)
      text += (in_examples ? "" : ".EX\n") + line(words.substr(2));
    else
      text += std::exchange(section, "") + line(words);
    in_examples = example;
  }
  return text + (in_examples ? ".EE\n" : "") + codes;
}

std::string verbs(const std::vector<VerbEntry>& table) {
  std::string text = ".SH VERBS\n";
  for (size_t i = 1; i < table.size(); ++i) text += item(table[i].name, "", table[i].help);
  return text;
}

std::string see_also(const std::vector<VerbEntry>& table, const VerbEntry& entry) {
  std::string text;
  for (const VerbEntry& other : table)
    if (other.name != entry.name) text += (text.empty() ? ".BR " : " ,\n.BR ") + escaped(page_name(other)) + " (1)";
  return ".SH SEE ALSO\n" + text + "\n";
}

}  // namespace

std::string manual_page(const std::vector<VerbEntry>& table, const VerbEntry& entry) {
  std::string text = fmt::format(".TH {} 1 \"\" \"retrograd {}\" \"retrograd\"\n.SH NAME\n{} \\- {}",
                                 escaped(upper(page_name(entry))), kVersion, escaped(page_name(entry)),
                                 line(entry.name.empty() ? "train, check and explain neural networks" : entry.help));
  text += ".SH SYNOPSIS\n" + synopsis(entry) + ".SH DESCRIPTION\n" + line(entry.help + (entry.name.empty() ? "" : "."));
  for (const ArgumentEntry& a : entry.arguments) text += item(a.name, "", a.help);
  if (entry.name.empty()) text += verbs(table);
  return text + options(entry) + ending(entry.footer) + see_also(table, entry);
}

}  // namespace retrograd::cli
