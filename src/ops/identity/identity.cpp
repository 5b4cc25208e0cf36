#include "ops/identity/identity.hpp"

namespace retrograd::ops {

Shapes Identity::shape(const Signature& s) { return elementwise_shape(info, s, false, 0); }

Formula Identity::formula(const Signature&) { return {Formula::Scope::element, formula::symbol("z")}; }

std::string Identity::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Identity", {use.inputs[0]});
}

}  // namespace retrograd::ops
