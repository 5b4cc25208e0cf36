// retrograd show: what is in a model or in a data file.
#include <fmt/format.h>

#include <memory>

#include "base/fail.hpp"
#include "data_flags.hpp"
#include "graph/program.hpp"
#include "options.hpp"
#include "verb.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::string what;
  bool program = false;
  Settings data;
};

const std::vector<std::string_view> kOfTraining = {"train", "valid", "valid_fraction", "test"};

std::string show_model(const Model& model, bool program) {
  const graph::ForwardProgram& forward = model.program();
  std::string text = graph::summary(forward);
  text += fmt::format("task {}, precision {}, fingerprint {}\n", to_string(model.spec().task),
                      to_string(model.precision()), model.fingerprint());
  if (const auto trained = model.notes().find("trained"); trained != model.notes().end())
    text += fmt::format("training: {}\n", trained->second);
  if (!program) return text + "\n" + describe(model.spec());
  text += "\n" + graph::print(forward);
  if (forward.loss >= 0) text += "\n" + graph::print(forward, graph::reverse(forward));
  return text;
}

}  // namespace

void add_show(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("show", "Show a model (layers, programs) or a data file (columns, warnings)");
  verb->add_option("MODEL|DATA", options->what, "a model file or folder, or a data source as in train")->required();
  verb->add_flag("--program", options->program, "of a model: its forward and its reverse program");
  add_flags(*verb, options->data, "data", kOfTraining);
  verb->footer(
      "Examples:\n"
      "  retrograd show table.csv --target price\n"
      "  retrograd show run --program");
  verb->callback([options, &action] {
    action = [options] {
      if (is_model(options->what)) {
        for (const SettingSpec& s : setting_specs())
          if (options->data.given(s.name))
            fail("{} says how to read data, but '{}' is a model", flag_of(s.name), options->what);
        write_output("", show_model(load_model(options->what), options->program));
        return 0;
      }
      if (options->program) fail("--program needs a model, but '{}' is data", options->what);
      check_source(options->what);
      write_output("", describe(inspect(options->what, data_options(options->data))));
      return 0;
    };
  });
}

}  // namespace retrograd::cli
