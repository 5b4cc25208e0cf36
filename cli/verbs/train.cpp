// retrograd train: the verb and its flags.
#include <fmt/format.h>

#include <memory>

#include "base/fail.hpp"
#include "ranks/ranks.hpp"
#include "run/training.hpp"
#include "settings/flags.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {

void add_train(CLI::App& app, Action& action) {
  auto options = std::make_shared<TrainFlags>();
  CLI::App* verb = app.add_subcommand("train", "Train a network on a data file");
  verb->add_option_function<std::string>(
          "DATA", [options](const std::string& v) { options->flags.set("train", v); },
          "training data: a CSV or TSV file (also .gz), idx:DIR, idx:IMAGES,LABELS, npy:X.npy,y.npy or npz:FILE; not "
          "needed if --config names it")
      ->type_name("");
  verb->add_option("--config", options->config, "settings from a TOML file or a run's folder; flags win over it")
      ->type_name("FILE.toml")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  const CLI::Option* out_given =
      verb->add_option("--out", options->out,
                       fmt::format("folder for the model, its configuration, history, report and checkpoints [{}]",
                                   kDefaultFolder))
          ->type_name("DIR")
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb->add_option("--resume", options->resume,
                   "go on with the run in this folder, exactly as if it had never stopped; --epochs may be larger")
      ->type_name("DIR")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb->add_flag("--json", options->json, "print one JSON object on standard output; log lines go to standard error");
  verb->add_flag("--quiet", options->quiet, "no log lines");
  verb->add_flag("--no-report", options->no_report, "do not write report.html and report.json");
  verb->add_flag("--tensorboard", options->tensorboard, "write event files for TensorBoard to DIR/tensorboard");
  add_flags(*verb, options->flags, "data", {"train"});
  add_flags(*verb, options->flags, "network");
  add_flags(*verb, options->flags, "train");
  verb->footer(
      "Examples:\n"
      "  retrograd train table.csv --target price --test test.csv --out run\n"
      "  retrograd train idx:../data/mnist --hidden 512,256 --seed 1\n"
      "  retrograd train --config run/config.toml --seed 2 --out run2\n"
      "  retrograd train --resume run\n"
      "  retrograd train table.csv --target price --time-budget 10m\n"
      "  retrograd train newer.csv --from run --lr 1e-4 --out tuned\n\n"
      "Of an option given twice the last one counts; --target, --ignore, --type and\n"
      "--missing collect.\n"
      "config.toml can describe each hidden layer as [[layer]]: type, name, inputs, units, attributes.\n"
      "Ctrl-C ends training after the step at hand, with a checkpoint and the best model so far\n"
      "written (exit code 130); a second one stops at once.");
  verb->callback([options, out_given, &action] {
    action = [options, out_given] {
      return with_ranks([&](Peers* peers) {
        if (!options->resume.empty()) {
          if (out_given->count() > 0) fail("--out and --resume: a run goes on in its own folder; leave out --out");
          for (const char* name : {"time_budget", "trials"})
            if (options->flags.given(name))
              fail("{} and --resume: a search is not gone on with; start another one without --resume", flag_of(name));
          const Resumption resumption = resume(options->resume, options->config, options->flags);
          return run_training(*options, resumption.settings, &resumption, peers);
        }
        Settings settings;
        if (!options->config.empty()) settings = Settings::from_toml(options->config);
        settings.override_with(options->flags);
        // A configuration of one network has a share that folds have no use for.
        if (options->flags.given("folds") && settings.integer("folds") > 0 && !options->flags.given("valid_fraction"))
          settings.set("valid_fraction", "auto");
        return run_training(*options, std::move(settings), nullptr, peers);
      });
    };
  });
}

}  // namespace retrograd::cli
