#include "retrograd/diagnose.hpp"

#include <fmt/format.h>

#include "base/fail.hpp"
#include "explain/diagnose/findings.hpp"
#include "train/loop/fits.hpp"
#include "train/prepare/initial.hpp"

namespace retrograd {

bool Diagnosis::has(std::string_view id) const {
  for (const Finding& f : findings)
    if (f.id == id) return true;
  return false;
}

std::vector<std::string_view> diagnosis_ids() {
  std::vector<std::string_view> ids;
  for (const diagnosis::Check& check : diagnosis::checks()) ids.push_back(check.id);
  return ids;
}

Diagnosis diagnose(const Model& model, const Dataset& data, const DiagnoseOptions& options) {
  if (options.rows < 8) fail("diagnosis of {} rows, expected at least 8", options.rows);
  if (model.network().loss_type.empty()) fail("the model has no loss, so there is no training to judge");
  training::check_shapes_fit(model.program(), data, "given");
  diagnosis::Context context(model, data, options);
  Diagnosis result;
  result.rows = context.rows.rows;
  for (const diagnosis::Check& check : diagnosis::checks()) {
    Finding finding;
    if (!check.find(context, finding)) continue;
    finding.id = check.id;
    finding.title = check.title;
    result.findings.push_back(std::move(finding));
  }
  if (!context.targets_fit) return result;
  result.loss = context.model_loss();
  result.constant_loss = context.constant();
  result.held_out = context.held_out_skill();
  result.layers = context.now().layers;
  return result;
}

Model untrained(const Prepared& prepared, const DataSpec& spec, const TrainOptions& options) {
  const graph::ForwardProgram program = graph::compile(prepared.network);
  const std::vector<double> all = training::initial_parameters(program, prepared, options);
  return Model(prepared.network, options.precision, training::by_name(program, all), spec);
}

}  // namespace retrograd
