#include "help/help.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "help/table.hpp"
#include "settings/suggest.hpp"

namespace retrograd::cli {
namespace {

constexpr size_t kWidth = 92, kIndent = 28;

size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// `left` in a column of kIndent characters, `text` wrapped beside it.
std::string text_entry(const std::string& left, const std::string& text) {
  std::string out = "  " + left;
  size_t at = 2 + width(left);
  if (at + 2 > kIndent) {
    out += '\n';
    at = 0;
  }
  bool first = true;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    begin = end + 1;
    if (at < kIndent) {
      out += std::string(kIndent - at, ' ');
      at = kIndent;
    } else if (at + 1 + width(word) > kWidth && !first) {
      out += '\n' + std::string(kIndent, ' ');
      at = kIndent;
    } else {
      out += ' ';
      ++at;
    }
    out += word;
    at += width(word);
    first = false;
  }
  return out + '\n';
}

class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
    const VerbEntry entry = verb_entry(*app);
    std::string out = entry.help + "\n\n" + usage(entry);
    std::string section;
    for (const ArgumentEntry& a : entry.arguments) section += text_entry(a.name, a.help);
    if (!section.empty()) out += "\n" + section;
    if (const auto verbs = app->get_subcommands({}); !verbs.empty()) {
      out += "\nVerbs:\n";
      for (const CLI::App* verb : verbs) out += text_entry(verb->get_name(), verb->get_description());
    }
    std::string group;
    for (const OptionEntry& o : entry.options) {
      if (o.group != group) out += "\n" + (group = o.group) + ":\n";
      out += text_entry(spelling(o), o.help);
    }
    return out + (entry.footer.empty() ? "" : "\n" + entry.footer + "\n");
  }

 private:
  static std::string usage(const VerbEntry& entry) {
    if (entry.name.empty()) return "Usage: retrograd VERB [OPTIONS]\n       retrograd VERB --help\n";
    std::string text = "Usage: retrograd " + entry.name;
    for (const ArgumentEntry& a : entry.arguments) text += a.required ? " " + a.name : " [" + a.name + "]";
    return text + " [OPTIONS]\n";
  }
};

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* o : app.get_options())
    for (const std::string& l : o->get_lnames()) flags.push_back("--" + l);
  return flags;
}

/// The sentence, without "error: ".
std::string explain(const CLI::App& app, const CLI::App& verb, const CLI::ParseError& error) {
  const bool has_verb = &app != &verb;
  // What could not be placed is the cause, whatever the parser stumbled over afterwards. It is kept in reverse.
  const std::vector<std::string> extras = verb.remaining();
  for (const std::string& extra : extras)
    if (extra.size() > 1 && extra[0] == '-') {
      const std::string flag = extra.substr(0, extra.find('='));
      return fmt::format("there is no option {}{}{}", flag,
                         has_verb ? " of retrograd " + verb.get_name() : std::string(),
                         did_you_mean(flag, flags_of(verb)));
    }
  if (!extras.empty() && !has_verb) {
    std::vector<std::string> verbs;
    for (const CLI::App* v : app.get_subcommands({})) verbs.push_back(v->get_name());
    std::string all;
    for (const std::string& v : verbs) all += (all.empty() ? "" : ", ") + v;
    const auto near =
        std::find_if(extras.begin(), extras.end(), [&](const std::string& e) { return !nearest(e, verbs).empty(); });
    const std::string& typed = near != extras.end() ? *near : extras.back();
    return fmt::format("there is no verb '{}'; the verbs are {}{}", typed, all, did_you_mean(typed, verbs));
  }
  if (!extras.empty())
    return fmt::format("unexpected argument '{}'; options begin with --, and a name with spaces needs quotes",
                       extras.back());
  std::string what = error.what();
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)
    return fmt::format("retrograd {} needs {}", verb.get_name(), what.substr(0, what.find(' ')));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return fmt::format("{} needs a value", what.substr(0, what.find(':')));
  return what;
}

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<HelpFormatter>(); }

std::string usage_message(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<const CLI::App*> parsed = app.get_subcommands([](const CLI::App* a) { return a->parsed(); });
  const CLI::App& verb = parsed.empty() ? app : *parsed[0];
  return fmt::format("error: {}\nhelp: retrograd {}--help\n", explain(app, verb, error),
                     parsed.empty() ? "" : verb.get_name() + " ");
}

}  // namespace retrograd::cli
