// retrograd parity: does the model's ONNX graph compute what the model computes?
#include "retrograd/parity.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/fail.hpp"
#include "data_flags.hpp"
#include "options.hpp"
#include "verb.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::string model, data, onnxruntime;
  Settings machine;
  bool json = false;
};

std::string as_text(const Parity& parity) {
  std::string text = fmt::format(
      "{} rows; differences from the engine, the largest of all rows\n\n{:<22} {:<14} {:>12} {:>12} {:>12} {:>9}\n",
      parity.rows, "graph read by", "output", "absolute", "relative", "ulp", "row");
  for (const GraphReading& r : parity.readings) {
    if (!r.missing.empty()) {
      text += fmt::format("{:<22} not run: {}\n", r.by, r.missing);
      continue;
    }
    for (const OutputDifference& d : r.outputs)
      text += fmt::format("{:<22} {:<14} {:>12.3g} {:>12.3g} {:>12} {:>9}\n", r.by, d.output, d.absolute, d.relative,
                          d.ulp, d.row < 0 ? "-" : std::to_string(d.row));
    if (r.labels > 0)
      text += fmt::format("{:<22} {} of {} labels agree{}\n", r.by, r.labels - r.labels_differ - r.ties, r.labels,
                          r.ties > 0 ? fmt::format(", {} more are ties within 1e-5", r.ties) : "");
  }
  return text + (parity.ok()
                     ? "\nthe graph computes what the model computes\n"
                     : "\nTHE GRAPH COMPUTES SOMETHING ELSE: allowed are 1e-5 of a probability, and 1e-5 of the "
                       "larger of a value and the target's standard deviation\n");
}

std::string as_json(const Parity& parity) {
  nlohmann::json readings = nlohmann::json::array();
  for (const GraphReading& r : parity.readings) {
    nlohmann::json outputs = nlohmann::json::array();
    for (const OutputDifference& d : r.outputs)
      outputs.push_back({{"output", d.output},
                         {"absolute", d.absolute},
                         {"relative", d.relative},
                         {"ulp", d.ulp},
                         {"row", d.row},
                         {"of_allowed", d.of_allowed}});
    readings.push_back({{"by", r.by},
                        {"not_run", r.missing},
                        {"outputs", outputs},
                        {"labels", r.labels},
                        {"labels_differ", r.labels_differ},
                        {"ties", r.ties},
                        {"ok", r.ok()}});
  }
  return json_text({{"rows", parity.rows}, {"ok", parity.ok()}, {"readings", readings}});
}

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
  verb->footer(
      "Example:\n"
      "  npm install --ignore-scripts onnxruntime-node\n"
      "  retrograd parity run test.csv --onnxruntime .\n\n"
      "Exit code 2: a label or a number differs by more than rounding explains.");
  verb->callback([options, &action] {
    action = [options] {
      choose_simd(options->machine);
      check_source(options->data);
      const Parity parity = check_parity(load_model(options->model), options->data,
                                         {options->onnxruntime, train_options(options->machine).threads});
      write_output("", options->json ? as_json(parity) : as_text(parity));
      return parity.ok() ? 0 : kCheckFailed;
    };
  });
}

}  // namespace retrograd::cli
