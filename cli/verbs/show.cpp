// retrograd show: what is in a model or in a data file.
#include <fmt/format.h>

#include <memory>
#include <sstream>

#include "base/fail.hpp"
#include "files/files.hpp"
#include "graph/program.hpp"
#include "retrograd/calibrate.hpp"
#include "run/resume.hpp"
#include "settings/flags.hpp"
#include "settings/options.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::string what;
  bool program = false, json = false;
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
  if (const auto t = temperature(model))
    text += fmt::format("calibrated: logits divided by the temperature {:.4g}\n", *t);
  if (!program) return text + "\n" + describe(model.spec());
  text += "\n" + graph::print(forward);
  if (forward.loss >= 0) text += "\n" + graph::print(forward, graph::reverse(forward));
  return text;
}

using Json = nlohmann::json;

Json lines_of(const std::string& text) {
  Json lines = Json::array();
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// What show_model says, for programs; a layer is an equation of the forward program.
std::string model_as_json(const Model& model, bool program) {
  const graph::ForwardProgram& forward = model.program();
  Json layers = Json::array();
  for (const graph::Equation& eq : forward.equations) {
    int64_t trained = 0;
    for (const int p : eq.parameters) {
      const graph::Parameter& parameter = forward.parameters[static_cast<size_t>(p)];
      if (parameter.trained) trained += static_cast<int64_t>(parameter.size());
    }
    Json inputs = Json::array();
    for (const int in : eq.inputs) inputs.push_back(forward.values[static_cast<size_t>(in)].name);
    layers.push_back({{"name", forward.values[static_cast<size_t>(eq.output)].name},
                      {"operator", eq.op->info->name},
                      {"inputs", inputs},
                      {"outputs", eq.shapes.output},
                      {"parameters", trained},
                      {"flops_forward", eq.shapes.flops_forward}});
  }
  Json all = {{"kind", "model"},
              {"task", to_string(model.spec().task)},
              {"precision", to_string(model.precision())},
              {"fingerprint", model.fingerprint()},
              {"parameters", forward.trained_count()},
              {"flops_forward", forward.flops_forward()},
              {"flops_step", forward.flops_step()},
              {"layers", layers},
              {"data", Json::parse(to_json(model.spec()))}};
  if (const auto trained = model.notes().find("trained"); trained != model.notes().end())
    all["training"] = trained->second;
  if (const auto t = temperature(model)) all["temperature"] = *t;
  if (const auto of = model.notes().find(std::string(kUncalibrated)); of != model.notes().end())
    all["uncalibrated"] = of->second;
  if (program) {
    all["forward"] = lines_of(graph::print(forward));
    if (forward.loss >= 0) all["reverse"] = lines_of(graph::print(forward, graph::reverse(forward)));
  }
  return json_text(all);
}

std::string data_as_json(const DataSpec& spec) {
  return json_text({{"kind", "data"}, {"data", Json::parse(to_json(spec))}});
}

}  // namespace

void add_show(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("show", "Show a model (layers, programs) or a data file (columns, warnings)");
  verb->add_option("MODEL|DATA", options->what, "a model file or folder, or a data source as in train")->required();
  verb->add_flag("--program", options->program, "of a model: its forward and its reverse program");
  verb->add_flag("--json", options->json, "print one JSON object on standard output");
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
        const Model model = load_model(options->what);
        write_output("", (options->json ? model_as_json : show_model)(model, options->program));
        return 0;
      }
      if (options->program) fail("--program needs a model, but '{}' is data", options->what);
      check_source(options->what);
      const DataSpec spec = inspect(options->what, data_options(options->data));
      write_output("", options->json ? data_as_json(spec) : describe(spec));
      return 0;
    };
  });
}

}  // namespace retrograd::cli
