#include "ops/identity/identity.hpp"

#include <algorithm>

namespace retrograd::ops {

Shapes Identity::shape(const Signature& s) { return elementwise_shape(info, s, false, 0); }

Formula Identity::formula(const Signature&) { return {Formula::Scope::element, formula::symbol("z")}; }

void Identity::forward(const Call& c, Span panels) {
  const Elements e(c, panels);
  std::copy_n(c.x[0] + e.begin, e.count, c.y + e.begin);
}

void Identity::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const Elements e(c, panels);
  std::copy_n(c.dy + e.begin, e.count, c.dx[0] + e.begin);
}

std::string Identity::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Identity", {use.inputs[0]});
}

}  // namespace retrograd::ops
