#include "ops/add/add.hpp"

#include <algorithm>

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
    r.y[i] = sum;
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  for (size_t k = 0; k < r.signature->features.size(); ++k) {
    if (r.dx[k] != nullptr) std::copy_n(r.dy, r.rows * r.features(0), r.dx[k]);
  }
}

}  // namespace

Shapes Add::shape(const Signature& s) {
  require_signature(info, s);
  for (size_t k = 1; k < s.features.size(); ++k) require_same_features(info, s, k);
  Shapes shapes;
  shapes.output = s.features[0];
  shapes.flops_forward = static_cast<double>(s.features.size() - 1) * s.features[0];
  return shapes;
}

Formula Add::formula(const Signature& s) {
  formula::Expr sum = formula::symbol(std::string(kManyInputNames[0]));
  for (size_t k = 1; k < s.features.size(); ++k) sum = sum + formula::symbol(std::string(kManyInputNames[k]));
  return {Formula::Scope::element, sum};
}

void Add::forward(const Call& c, Span panels) {
  const size_t size = static_cast<size_t>(c.features(0)) * kPanel;
  const size_t begin = static_cast<size_t>(panels.begin) * size;
  const size_t end = static_cast<size_t>(panels.end) * size;
  for (size_t i = begin; i < end; ++i) c.y[i] = c.x[0][i] + c.x[1][i];
  for (size_t k = 2; k < c.signature->features.size(); ++k) {
    for (size_t i = begin; i < end; ++i) c.y[i] += c.x[k][i];
  }
}

void Add::backward(const Call& c, Span panels) {
  const size_t size = static_cast<size_t>(c.features(0)) * kPanel;
  const size_t begin = static_cast<size_t>(panels.begin) * size;
  const size_t count = static_cast<size_t>(panels.end) * size - begin;
  for (size_t k = 0; k < c.signature->features.size(); ++k) {
    if (c.dx[k] != nullptr) std::copy_n(c.dy + begin, count, c.dx[k] + begin);
  }
}

void Add::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Add::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Add::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Add::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Add::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  std::string sum = use.inputs[0];
  for (size_t k = 1; k < use.inputs.size(); ++k) sum = writer.node("Add", {sum, use.inputs[k]});
  return sum;
}

}  // namespace retrograd::ops
