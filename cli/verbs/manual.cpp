// retrograd manual: prints a page of help/.
#include <algorithm>
#include <memory>

#include "base/fail.hpp"
#include "files/files.hpp"
#include "help/table.hpp"
#include "settings/suggest.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {

void add_manual(CLI::App& app, Action& action) {
  auto name = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("manual", "Print the manual page of retrograd or of a verb");
  verb->add_option("VERB", *name, "a verb; without it the page of the program");
  verb->footer("Example:\n  retrograd manual train | man -l -");
  verb->callback([name, &app, &action] {
    action = [name, &app] {
      const std::vector<VerbEntry> table = verb_table(app);
      const auto entry = std::find_if(table.begin(), table.end(), [&](const VerbEntry& e) { return e.name == *name; });
      if (entry == table.end())
        fail("there is no verb '{}'{}", *name, did_you_mean(*name, table.back().arguments[0].values));
      write_output("", manual_page(table, *entry));
      return 0;
    };
  });
}

}  // namespace retrograd::cli
