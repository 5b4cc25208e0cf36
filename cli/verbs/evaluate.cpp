// retrograd evaluate: how good a model is on data with targets.
#include "retrograd/evaluate.hpp"

#include <memory>

#include "files/files.hpp"
#include "settings/flags.hpp"
#include "settings/options.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::string model, data;
  Settings machine;
  bool json = false;
};

}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("evaluate", "Measure a model on data with the target");
  verb->add_option("MODEL", options->model, "model file or the folder that train wrote")->required();
  verb->add_option("DATA", options->data, "data with the target, as in train; of idx:DIR the t10k files")->required();
  verb->add_flag("--json", options->json, "print one JSON object on standard output");
  add_machine_flags(*verb, options->machine);
  add_flag(*verb, options->machine, "on_bad_row");
  add_flag(*verb, options->machine, "cache");
  verb->footer(
      "Examples:\n"
      "  retrograd evaluate run test.csv\n"
      "  retrograd evaluate run idx:../data/mnist --json");
  verb->callback([options, &action] {
    action = [options] {
      choose_simd(options->machine);
      check_source(options->data);
      const Model model = load_model(options->model);
      const Dataset data = load_with(options->data, model.spec(), Part::test, true, read_options(options->machine));
      tell_how_read(data);
      const Results results = evaluate(model, data, train_options(options->machine).threads);
      if (!options->json) {
        write_output("", results.to_text() + "fingerprint " + model.fingerprint() + "\n");
        return 0;
      }
      nlohmann::json json = nlohmann::json::parse(results.to_json());
      json["fingerprint"] = model.fingerprint();
      json["skipped_rows"] = data.skipped.rows.size();
      write_output("", json_text(json));
      return 0;
    };
  });
}

}  // namespace retrograd::cli
