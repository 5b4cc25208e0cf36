// The shape rule, the formula and the ONNX node of linear.
#include "ops/linear/linear.hpp"

namespace retrograd::ops {

Shapes Linear::shape(const Signature& s) {
  require_signature(info, s);
  if (s.attributes[0] != 0 && s.attributes[0] != 1) {
    fail("linear: attribute bias is {}; expected 0 or 1", s.attributes[0]);
  }
  const int inputs = s.features[0], outputs = s.units;
  if (outputs < 1) fail("linear: units is {}; expected at least 1 output, W being [{}, units]", outputs, inputs);
  Shapes shapes;
  shapes.output = outputs;
  shapes.parameters.push_back(
      {.name = "W", .rows = inputs, .cols = outputs, .trained = true, .decays = true, .initializer = "fan"});
  if (has_bias(s)) shapes.parameters.push_back({.name = "b", .rows = 1, .cols = outputs});
  shapes.backward_items = ((by_outputs(inputs, outputs) ? outputs : inputs) + kItem - 1) / kItem;
  shapes.flops_forward = 2.0 * inputs * outputs;
  shapes.flops_backward = 4.0 * inputs * outputs;
  return shapes;
}

Formula Linear::formula(const Signature& s) {
  using formula::symbol;
  const formula::Expr products = formula::sum("i", "I0", symbol("x", {"i"}) * symbol("W", {"i", "j"}));
  return {Formula::Scope::row, has_bias(s) ? products + symbol("b", {"j"}) : products};
}

std::string Linear::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node(has_bias(*use.signature) ? "Gemm" : "MatMul",
                     has_bias(*use.signature)
                         ? std::vector<std::string>{use.inputs[0], use.parameters[0], use.parameters[1]}
                         : std::vector<std::string>{use.inputs[0], use.parameters[0]});
}

}  // namespace retrograd::ops
