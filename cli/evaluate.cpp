// retrograd evaluate: how good a model is on data with targets.
#include "retrograd/evaluate.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "verb.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::string model, data, threads = "auto";
  bool json = false;
};

}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("evaluate", "Measure a model on data with the target");
  verb->add_option("MODEL", options->model, "model file or the folder that train wrote")->required();
  verb->add_option("DATA", options->data, "data with the target; of idx:DIR the t10k files")->required();
  verb->add_flag("--json", options->json, "print one JSON object");
  verb->add_option("--threads", options->threads, "threads; the result does not depend on it")->capture_default_str();
  verb->footer("Example: retrograd evaluate run test.csv --json");
  verb->callback([options, &action] {
    action = [options] {
      const Model model = load_model(options->model);
      const Dataset data = load_with(options->data, model.spec(), Part::test, true);
      const Results results = evaluate(model, data, threads_from(options->threads));
      if (!options->json) {
        write_output("", results.to_text() + "fingerprint " + model.fingerprint() + "\n");
        return 0;
      }
      nlohmann::json json = nlohmann::json::parse(results.to_json());
      json["fingerprint"] = model.fingerprint();
      write_output("", json.dump(2) + "\n");
      return 0;
    };
  });
}

}  // namespace retrograd::cli
