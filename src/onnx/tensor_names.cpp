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
  if (has_logits(program, interface)) take(program.logits, "logits");
  for (size_t id = 0; id < values_.size(); ++id) take(static_cast<int>(id), program.values[id].name);
  for (const graph::Parameter& p : program.parameters) parameters_.push_back(fresh(p.name));
}

std::string TensorNames::fresh(const std::string& wish) {
  std::string name = wish;
  for (int again = 2; !taken_.insert(name).second; ++again) name = fmt::format("{}_{}", wish, again);
  return name;
}

bool has_logits(const graph::ForwardProgram& program, const Interface& interface) {
  if (interface.head == Head::value || program.prediction == program.logits) return false;
  const int maker = program.values[static_cast<size_t>(program.prediction)].equation;
  return maker >= 0 && program.equations[static_cast<size_t>(maker)].inputs == std::vector<int>{program.logits} &&
         program.values[static_cast<size_t>(program.logits)].role != graph::Role::input;
}

std::vector<int64_t> parameter_dims(const graph::Parameter& p) {
  if (p.rows == 1 && !p.decays) return {p.cols};  // a matrix of one row decays, as all weights do
  return {p.rows, p.cols};
}

}  // namespace retrograd::model_file
