#include "ops/leaky_relu/leaky_relu.hpp"

namespace retrograd::ops {

Shapes LeakyRelu::shape(const Signature& s) { return elementwise_shape(info, s, false, 2); }

Formula LeakyRelu::formula(const Signature& s) {
  const formula::Expr z = formula::symbol("z");
  return {Formula::Scope::element, formula::where_positive(z, z, formula::Expr(s.attributes[0]) * z)};
}

std::string LeakyRelu::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("LeakyRelu", {use.inputs[0]}, {onnx_attribute("alpha", use.signature->attributes[0])});
}

}  // namespace retrograd::ops
