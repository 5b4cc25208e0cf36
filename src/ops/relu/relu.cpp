#include "ops/relu/relu.hpp"

namespace retrograd::ops {

Shapes Relu::shape(const Signature& s) { return elementwise_shape(info, s, false, 1); }

Formula Relu::formula(const Signature&) {
  const formula::Expr z = formula::symbol("z");
  return {Formula::Scope::element, formula::where_positive(z, z, 0.0)};
}

std::string Relu::to_onnx(OnnxWriter& writer, const OnnxUse& use) { return writer.node("Relu", {use.inputs[0]}); }

}  // namespace retrograd::ops
