// retrograd completion: prints a script of help/.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "files/files.hpp"
#include "help/table.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {

void add_completion(CLI::App& app, Action& action) {
  auto shell = std::make_shared<std::string>("bash");
  CLI::App* verb = app.add_subcommand("completion", "Print a completion script for bash, zsh or fish");
  verb->add_option("SHELL", *shell, "bash (the default), zsh or fish")
      ->type_name(fmt::format("{}", fmt::join(completion_shells(), "|")));
  verb->footer(
      "Examples:\n"
      "  source <(retrograd completion bash)\n"
      "  source <(retrograd completion zsh)\n"
      "  retrograd completion fish | source");
  verb->callback([shell, &app, &action] {
    action = [shell, &app] {
      write_output("", completion_script(verb_table(app), *shell));
      return 0;
    };
  });
}

}  // namespace retrograd::cli
