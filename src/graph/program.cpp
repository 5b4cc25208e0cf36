#include "graph/program.hpp"

#include <cstdint>
#include <string_view>

namespace retrograd::graph {

int ForwardProgram::value(std::string_view name) const {
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i].name == name) return static_cast<int>(i);
  return -1;
}

const Parameter* ForwardProgram::parameter(std::string_view name) const {
  for (const Parameter& p : parameters)
    if (p.name == name) return &p;
  return nullptr;
}

int64_t ForwardProgram::trained_count() const {
  int64_t count = 0;
  for (const Parameter& p : parameters)
    if (p.trained) count += static_cast<int64_t>(p.size());
  return count;
}

double ForwardProgram::flops_forward() const {
  double flops = 0;
  for (const Equation& eq : equations)
    if (eq.for_prediction) flops += eq.shapes.flops_forward;
  return flops;
}

double ForwardProgram::flops_step() const {
  double flops = 0;
  for (const Equation& eq : equations) {
    if (!eq.for_loss) continue;
    flops += eq.shapes.flops_forward;
    if (!values[static_cast<size_t>(eq.output)].needs_gradient) continue;
    const bool first =
        eq.op->info->kind == ops::Kind::linear && !values[static_cast<size_t>(eq.inputs[0])].needs_gradient;
    flops += first ? eq.shapes.flops_backward / 2 : eq.shapes.flops_backward;
  }
  return flops;
}

}  // namespace retrograd::graph
