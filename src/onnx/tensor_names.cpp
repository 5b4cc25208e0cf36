#include "onnx/tensor_names.hpp"

#include <fmt/format.h>

namespace retrograd::model_file {

TensorNames::TensorNames(const graph::ForwardProgram& program) {
  for (const graph::Value& v : program.values) values_.push_back(fresh(v.name));
  for (const graph::Parameter& p : program.parameters) parameters_.push_back(fresh(p.name));
}

std::string TensorNames::fresh(const std::string& wish) {
  std::string name = wish;
  for (int again = 2; !taken_.insert(name).second; ++again) name = fmt::format("{}_{}", wish, again);
  return name;
}

std::vector<int64_t> parameter_dims(const graph::Parameter& p) {
  if (p.rows == 1 && !p.decays) return {p.cols};  // a matrix of one row decays, as all weights do
  return {p.rows, p.cols};
}

}  // namespace retrograd::model_file
