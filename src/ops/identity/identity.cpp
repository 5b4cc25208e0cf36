#include "ops/identity/identity.hpp"

#include <algorithm>

namespace retrograd::ops {

Shapes Identity::shape(const Signature& s) { return elementwise_shape(info, s, false, 0); }

Formula Identity::formula(const Signature&) { return {Formula::Scope::element, formula::symbol("z")}; }

void Identity::forward_elements(const Call& c, Span elements) {
  std::copy(c.x[0] + elements.begin, c.x[0] + elements.end, c.y + elements.begin);
}

void Identity::backward_elements(const Call& c, Span elements) {
  if (c.dx[0] == nullptr) return;
  std::copy(c.dy + elements.begin, c.dy + elements.end, c.dx[0] + elements.begin);
}

std::string Identity::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Identity", {use.inputs[0]});
}

}  // namespace retrograd::ops
