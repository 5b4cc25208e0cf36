// retrograd gradcheck: are the gradients of this network on these data right?
#include "retrograd/gradcheck.hpp"

#include <limits>
#include <memory>

#include "exit_codes.hpp"
#include "files/files.hpp"
#include "settings/flags.hpp"
#include "settings/options.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::string model, data;
  int64_t rows = 8, per_tensor = 200, seed = 1;
  bool json = false;
  Settings reading;
};

std::string as_json(const GradientCheck& check) {
  nlohmann::json tensors = nlohmann::json::array();
  for (const TensorCheck& t : check.tensors)
    tensors.push_back({{"tensor", t.name},
                       {"size", t.size},
                       {"checked", t.checked},
                       {"kinks", t.kinks},
                       {"largest", t.largest},
                       {"numeric_error", t.numeric_error},
                       {"float_error", t.float_error}});
  const nlohmann::json all = {{"rows", check.rows},
                              {"loss", check.loss},
                              {"loss_float", check.loss_float},
                              {"numeric_error", check.largest_numeric_error()},
                              {"float_error", check.largest_float_error()},
                              {"numeric_limit", check.numeric_limit},
                              {"float_limit", check.float_limit},
                              {"ok", check.ok()},
                              {"tensors", tensors}};
  return json_text(all);
}

}  // namespace

void add_gradcheck(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("gradcheck", "Check the gradients of a network on your data");
  verb->add_option("MODEL", options->model, "model file or the folder that train wrote")->required();
  verb->add_option("DATA", options->data, "data with the target, as in train")->required();
  add_whole_number(*verb, "--rows", options->rows, 1, 1 << 20, "rows of the total loss that is differentiated");
  add_whole_number(*verb, "--per-tensor", options->per_tensor, 1, 1 << 20,
                   "elements of each tensor that are compared with differences");
  add_whole_number(*verb, "--seed", options->seed, 0, std::numeric_limits<int64_t>::max(),
                   "which elements, and the masks of dropout");
  verb->add_flag("--json", options->json, "print one JSON object on standard output");
  add_flag(*verb, options->reading, "on_bad_row");
  add_flag(*verb, options->reading, "cache");
  verb->footer(
      "Example:\n"
      "  retrograd gradcheck run test.csv --rows 8\n\n"
      "Exit code 2: a gradient is wrong.");
  verb->callback([options, &action] {
    action = [options] {
      check_source(options->data);
      const Model model = load_model(options->model);
      const Dataset data = load_with(options->data, model.spec(), Part::test, true, read_options(options->reading));
      tell_how_read(data);
      const GradientCheck check = gradcheck(
          model, data,
          {.rows = options->rows, .per_tensor = options->per_tensor, .seed = static_cast<uint64_t>(options->seed)});
      write_output("", options->json ? as_json(check) : check.to_text());
      return check.ok() ? 0 : kCheckFailed;
    };
  });
}

}  // namespace retrograd::cli
