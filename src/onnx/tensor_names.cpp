#include "onnx/tensor_names.hpp"

#include <fmt/format.h>

namespace retrograd::model_file {

TensorNames::TensorNames(const graph::ForwardProgram& program, const DataSpec& spec, const Interface& interface)
    : columns_(spec.columns.size()), values_(program.values.size()) {
  const auto take = [&](int id, const std::string& wish) {
    std::string& name = values_[static_cast<size_t>(id)];
    if (name.empty()) name = fresh(wish);
  };
  for (const auto* inputs : {&interface.numeric, &interface.categorical})
    for (const ColumnInput& in : *inputs) {
      const std::string& name = spec.columns[static_cast<size_t>(in.column)].name;
      columns_[static_cast<size_t>(in.column)] = fresh(name.empty() ? "column" : name);  // ONNX's "" is no name
    }
  if (!interface.table())
    for (const int id : program.inputs) take(id, program.values[static_cast<size_t>(id)].name);
  if (interface.head != Head::value) label_ = fresh("label");
  take(program.prediction, interface.head == Head::value ? "value" : "probabilities");
  if (const std::vector<int> logits = logits_of_members(program, interface); logits.size() == 1) {
    take(logits[0], "logits");
    logits_ = value(logits[0]);
  } else if (!logits.empty()) {
    logits_ = fresh("logits");
  }
  for (size_t id = 0; id < values_.size(); ++id) take(static_cast<int>(id), program.values[id].name);
  for (const graph::Parameter& p : program.parameters) parameters_.push_back(fresh(p.name));
}

std::string TensorNames::fresh(const std::string& wish) {
  std::string name = wish;
  for (int again = 2; !taken_.insert(name).second; ++again) name = fmt::format("{}_{}", wish, again);
  return name;
}

std::vector<int> logits_of_members(const graph::ForwardProgram& program, const Interface& interface) {
  if (interface.head == Head::value) return {};
  const auto maker = [&](int id) {
    const int equation = program.values[static_cast<size_t>(id)].equation;
    return equation < 0 ? nullptr : &program.equations[static_cast<size_t>(equation)];
  };
  const graph::Equation* last = maker(program.prediction);
  if (last == nullptr) return {};
  const bool ensemble = last->op->info->name == "mean";
  std::vector<int> logits;
  for (const int id : ensemble ? last->inputs : std::vector{program.prediction}) {
    const graph::Equation* p = maker(id);
    const bool squashes = p != nullptr && (p->op->info->name == "softmax" || p->op->info->name == "sigmoid");
    if (!squashes || program.values[static_cast<size_t>(p->inputs[0])].role == graph::Role::input) return {};
    logits.push_back(p->inputs[0]);
  }
  if (!ensemble && logits[0] != program.logits) return {};
  return logits;
}

std::vector<int64_t> parameter_dims(const graph::Parameter& p) {
  if (p.rows == 1 && !p.decays) return {p.cols};  // a matrix of one row decays, as all weights do
  return {p.rows, p.cols};
}

}  // namespace retrograd::model_file
