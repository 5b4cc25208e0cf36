#include "ops/mean/mean.hpp"

#include "ops/require.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {
namespace {

template <class T>
void forward_rows(const Reference<T>& r) {
  const size_t inputs = r.signature->features.size();
  const int64_t count = r.rows * r.features(0);
  for (int64_t i = 0; i < count; ++i) {
    T sum = r.x[0][i];
    for (size_t k = 1; k < inputs; ++k) sum += r.x[k][i];
    r.y[i] = sum / static_cast<T>(inputs);
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  const size_t inputs = r.signature->features.size();
  const int64_t count = r.rows * r.features(0);
  for (size_t k = 0; k < inputs; ++k) {
    if (r.dx[k] == nullptr) continue;
    for (int64_t i = 0; i < count; ++i) r.dx[k][i] = r.dy[i] / static_cast<T>(inputs);
  }
}

}  // namespace

Shapes Mean::shape(const Signature& s) {
  require_signature(info, s);
  for (size_t k = 1; k < s.features.size(); ++k) require_same_features(info, s, k);
  Shapes shapes;
  shapes.output = s.features[0];
  shapes.flops_forward = shapes.flops_backward = static_cast<double>(s.features.size()) * s.features[0];
  return shapes;
}

Formula Mean::formula(const Signature& s) {
  formula::Expr sum = formula::symbol(std::string(kManyInputNames[0]));
  for (size_t k = 1; k < s.features.size(); ++k) sum = sum + formula::symbol(std::string(kManyInputNames[k]));
  return {Formula::Scope::element, sum / static_cast<double>(s.features.size())};
}

void Mean::forward(const Call& c, Span panels) {
  const size_t size = static_cast<size_t>(c.features(0)) * kPanel;
  const size_t begin = static_cast<size_t>(panels.begin) * size, end = static_cast<size_t>(panels.end) * size;
  const size_t inputs = c.signature->features.size();
  for (size_t i = begin; i < end; ++i) c.y[i] = c.x[0][i];
  for (size_t k = 1; k < inputs; ++k) {
    for (size_t i = begin; i < end; ++i) c.y[i] += c.x[k][i];
  }
  for (size_t i = begin; i < end; ++i) c.y[i] /= static_cast<float>(inputs);
}

void Mean::backward(const Call& c, Span panels) {
  const size_t size = static_cast<size_t>(c.features(0)) * kPanel;
  const size_t begin = static_cast<size_t>(panels.begin) * size, end = static_cast<size_t>(panels.end) * size;
  const size_t inputs = c.signature->features.size();
  for (size_t k = 0; k < inputs; ++k) {
    if (c.dx[k] == nullptr) continue;
    for (size_t i = begin; i < end; ++i) c.dx[k][i] = c.dy[i] / static_cast<float>(inputs);
  }
}

void Mean::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Mean::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Mean::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Mean::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Mean::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  const std::string count = writer.constant({static_cast<double>(use.inputs.size())});
  return writer.node("Div", {writer.node("Sum", use.inputs), count});
}

}  // namespace retrograd::ops
