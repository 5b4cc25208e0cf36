// Contract, formula, reference and ONNX form of dropout.
#include "ops/dropout/dropout.hpp"

#include <cmath>

#include "base/random.hpp"
#include "ops/require.hpp"

namespace retrograd::ops {
namespace {

template <class T>
void apply(const Reference<T>& r, const T* from, T* to) {
  const int features = r.features(0);
  const double rate = r.signature->attributes[0] * r.key.strength;
  const T scale = static_cast<T>(1 / (1 - rate));
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int j = 0; j < features; ++j) {
      const auto words = philox(r.key.seed, Purpose::dropout, r.key.step * 65536 + r.key.equation,
                                static_cast<uint32_t>(r.key.first_row + n), static_cast<uint32_t>(j) / 4);
      const bool kept = uniform01(words[static_cast<size_t>(j % 4)]) >= rate;
      const T x = from[n * features + j];
      to[n * features + j] = !r.training ? x : kept ? x * scale : T{0};
    }
  }
}

template <class T>
void forward_rows(const Reference<T>& r) {
  apply(r, r.x[0], r.y);
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] != nullptr) apply(r, r.dy, r.dx[0]);
}

}  // namespace

uint32_t Dropout::threshold(double rate) { return static_cast<uint32_t>(std::ceil(rate * 16777216.0)); }

Shapes Dropout::shape(const Signature& s) {
  require_signature(info, s);
  const int features = s.features[0];
  Shapes shapes;
  shapes.output = features;
  shapes.saved = features / 32 + (features % 32 != 0);  // 32 bits an element of this buffer
  shapes.flops_forward = shapes.flops_backward = features;
  return shapes;
}

Formula Dropout::formula(const Signature&) {
  // m is 1/(1 − rate), of the step's rate, where the unit is kept and 0 where it is dropped; 1 in prediction.
  return {Formula::Scope::element, formula::symbol("m") * formula::symbol("x")};
}

void Dropout::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Dropout::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Dropout::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Dropout::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Dropout::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Identity", {use.inputs[0]});
}

}  // namespace retrograd::ops
