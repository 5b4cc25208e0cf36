// retrograd parity: does the model's ONNX graph compute what the model computes?
#include "retrograd/parity.hpp"

#include <memory>

#include "base/fail.hpp"
#include "exit_codes.hpp"
#include "files/files.hpp"
#include "settings/flags.hpp"
#include "settings/options.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::string model, data, onnxruntime;
  Settings machine;
  bool json = false;
};

}  // namespace

void add_parity(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("parity", "Compare the model with its ONNX graph, also in ONNX Runtime");
  verb->add_option("MODEL", options->model, "model file or the folder that train wrote")->required();
  verb->add_option("DATA", options->data, "data, as in train; the target may be missing; of idx:DIR the t10k files")
      ->required();
  verb->add_option("--onnxruntime", options->onnxruntime,
                   "folder in whose node_modules onnxruntime-node is installed; without it the current one, and ONNX "
                   "Runtime may be missing")
      ->type_name("DIR")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb->add_flag("--json", options->json, "print one JSON object on standard output");
  add_machine_flags(*verb, options->machine);
  add_flag(*verb, options->machine, "on_bad_row");
  add_flag(*verb, options->machine, "cache");
  verb->footer(
      "Example:\n"
      "  npm install --ignore-scripts onnxruntime-node\n"
      "  retrograd parity run test.csv --onnxruntime .\n\n"
      "Exit code 2: a label or a number differs by more than rounding explains.");
  verb->callback([options, &action] {
    action = [options] {
      choose_simd(options->machine);
      check_source(options->data);
      const Parity parity =
          check_parity(load_model(options->model), options->data,
                       {options->onnxruntime, train_options(options->machine).threads, read_options(options->machine)});
      Dataset read;
      read.skipped = parity.skipped;
      tell_how_read(read);
      write_output("", options->json ? parity.to_json() : parity.to_text());
      return parity.ok() ? 0 : kCheckFailed;
    };
  });
}

}  // namespace retrograd::cli
