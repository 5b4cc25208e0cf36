// retrograd verify: does every number of a receipt follow from the others?
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "base/fail.hpp"
#include "data/files/file_bytes.hpp"
#include "exit_codes.hpp"
#include "files/files.hpp"
#include "retrograd/receipt.hpp"
#include "run/resume.hpp"
#include "settings/flags.hpp"
#include "settings/options.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::string receipt, model, data;
  bool json = false;
  Settings machine;
};

int run(const Options& o) {
  if (o.model.empty() != o.data.empty()) fail("--model and --data go together; give both or none");
  const std::string receipt(read_raw_file(o.receipt).view());
  std::optional<Model> model;
  std::optional<Dataset> data;
  if (!o.model.empty()) {
    check_source(o.data);
    model = load_model(o.model);
    data = load_with(o.data, model->spec(), Part::test, true, read_options(o.machine));
  }
  ExplainOptions known;
  if (model) {
    known.training = training_of(*model);
    take_state(known, *model, checkpoints_beside(o.model));
  }
  const Verification v = model ? verify_receipt(receipt, &*model, &*data, known) : verify_receipt(receipt);
  if (o.json) {
    write_output("", json_text({{"ok", v.ok()}, {"checked", v.checked}, {"fault", v.fault}, {"open", v.open}}));
  } else {
    std::string text =
        v.ok() ? fmt::format("{}: all {} statements follow\n", o.receipt, v.checked)
               : fmt::format("{}: does not follow: {}\n({} statements before it do)\n", o.receipt, v.fault, v.checked);
    for (const std::string& line : v.open) text += "not shown by the receipt alone: " + line + "\n";
    write_output("", text);
  }
  return v.ok() ? 0 : kCheckFailed;
}

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("verify", "Re-derive every number of a receipt that explain wrote");
  verb->add_option("RECEIPT", options->receipt, "file from explain --format json")->required();
  verb->add_option("--model", options->model, "explain again with this model, and compare every number")
      ->type_name("MODEL");
  verb->add_option("--data", options->data, "the data that were explained")->type_name("DATA");
  add_flag(*verb, options->machine, "on_bad_row");
  add_flag(*verb, options->machine, "cache");
  verb->add_flag("--json", options->json, "print one JSON object on standard output");
  verb->footer(
      "Example:\n"
      "  retrograd verify receipt.json --model run --data test.csv\n\n"
      "Exit code 2: a number does not follow; the first one is named.");
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace retrograd::cli
