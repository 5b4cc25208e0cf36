// retrograd completion: a completion script for bash or zsh, made from the verbs and flags as they are.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "base/fail.hpp"
#include "verb.hpp"

namespace retrograd::cli {
namespace {

std::string script(const CLI::App& app) {
  std::string verbs, cases;
  for (const CLI::App* verb : app.get_subcommands({})) {
    std::vector<std::string> flags;
    for (const CLI::Option* option : verb->get_options())
      for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    verbs += (verbs.empty() ? "" : " ") + verb->get_name();
    cases += fmt::format("    {}) flags=\"{}\" ;;\n", verb->get_name(), fmt::join(flags, " "));
  }
  return fmt::format(
      "_retrograd() {{\n"
      "  local word=\"${{COMP_WORDS[COMP_CWORD]}}\" flags=\"--help --version\"\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W \"{} $flags\" -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case \"${{COMP_WORDS[1]}}\" in\n{}  esac\n"
      "  if [[ \"$word\" == -* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$flags\" -- \"$word\"))\n"
      "  else\n"
      "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "  fi\n"
      "}}\n"
      "complete -o filenames -F _retrograd retrograd\n",
      verbs, cases);
}

}  // namespace

void add_completion(CLI::App& app, Action& action) {
  auto shell = std::make_shared<std::string>("bash");
  CLI::App* verb = app.add_subcommand("completion", "Print a completion script for bash or zsh");
  verb->add_option("SHELL", *shell, "bash (the default) or zsh");
  verb->footer("Examples:\n  source <(retrograd completion bash)\n  source <(retrograd completion zsh)");
  verb->callback([shell, &app, &action] {
    action = [shell, &app] {
      if (*shell != "bash" && *shell != "zsh") fail("no completion for the shell '{}'; there is bash and zsh", *shell);
      const std::string prefix = *shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
      write_output("", prefix + script(app));
      return 0;
    };
  });
}

}  // namespace retrograd::cli
