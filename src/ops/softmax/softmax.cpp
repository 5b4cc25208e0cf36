// Contract, formula, reference and ONNX form of softmax.
#include "ops/softmax/softmax.hpp"

#include <vector>

#include "ops/require.hpp"
#include "ops/softmax/softmax_row.hpp"

namespace retrograd::ops {
namespace {

template <class T>
void probabilities(const T* z, int features, T* p) {
  const T inverse = T{1} / softmax_exponentials(z, features, p).sum;
  for (int k = 0; k < features; ++k) p[k] *= inverse;
}

template <class T>
void forward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  for (int64_t n = 0; n < r.rows; ++n) probabilities(r.x[0] + n * features, features, r.y + n * features);
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] == nullptr) return;
  const int features = r.features(0);
  std::vector<T> p(static_cast<size_t>(features));
  for (int64_t n = 0; n < r.rows; ++n) {
    probabilities(r.x[0] + n * features, features, p.data());
    const T* u = r.dy + n * features;
    T dot = 0;
    for (int k = 0; k < features; ++k) dot = math::fma(p[static_cast<size_t>(k)], u[k], dot);
    for (int k = 0; k < features; ++k) r.dx[0][n * features + k] = p[static_cast<size_t>(k)] * (u[k] - dot);
  }
}

}  // namespace

Shapes Softmax::shape(const Signature& s) {
  require_signature(info, s);
  Shapes shapes;
  shapes.output = shapes.saved = s.features[0];
  shapes.flops_forward = 20.0 * s.features[0];  // an exponential counts as 16
  shapes.flops_backward = 4.0 * s.features[0];
  return shapes;
}

Formula Softmax::formula(const Signature&) {
  using formula::exp;
  using formula::symbol;
  const formula::Expr largest = formula::define("M", {}, formula::largest("k", "I0", symbol("z", {"k"})));
  const formula::Expr sum = formula::define("S", {}, formula::sum("k", "I0", exp(symbol("z", {"k"}) - largest)));
  return {Formula::Scope::row, exp(symbol("z", {"j"}) - largest) / sum};
}

void Softmax::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Softmax::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Softmax::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Softmax::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Softmax::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Softmax", {use.inputs[0]}, {onnx_attribute("axis", int64_t{1})});
}

}  // namespace retrograd::ops
