#include "ops/slice/slice.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/require.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {
namespace {

int first_of(const Signature& s) { return static_cast<int>(s.attributes[0]); }

template <class T>
void forward_rows(const Reference<T>& r) {
  const int64_t count = r.shapes->output;
  for (int64_t n = 0; n < r.rows; ++n)
    std::copy_n(r.x[0] + n * r.features(0) + first_of(*r.signature), count, r.y + n * count);
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] == nullptr) return;
  const int64_t count = r.shapes->output;
  std::fill_n(r.dx[0], r.rows * r.features(0), T{0});
  for (int64_t n = 0; n < r.rows; ++n)
    std::copy_n(r.dy + n * count, count, r.dx[0] + n * r.features(0) + first_of(*r.signature));
}

}  // namespace

Shapes Slice::shape(const Signature& s) {
  require_signature(info, s);
  for (size_t k = 0; k < 2; ++k) {
    if (s.attributes[k] != std::floor(s.attributes[k]))
      fail("slice: attribute {} is {}; expected a whole number", info.attributes[k].name, s.attributes[k]);
  }
  const int first = first_of(s), count = static_cast<int>(s.attributes[1]);
  if (first + count > s.features[0])
    fail("slice: features {} to {} of an input of shape [N, {}]; expected at most {}", first, first + count - 1,
         s.features[0], s.features[0] - 1);
  Shapes shapes;
  shapes.output = count;
  return shapes;
}

Formula Slice::formula(const Signature& s) {
  using formula::index_value;
  const formula::Expr distance = formula::abs(index_value("i") - (index_value("j") + s.attributes[0]));
  const formula::Expr own = formula::where_positive(0.5 - distance, formula::symbol("x", {"i"}), 0.0);
  return {Formula::Scope::row, formula::sum("i", "I0", own)};
}

void Slice::forward(const Call& c, Span panels) {
  const int count = c.shapes->output;
  for (int64_t p = panels.begin; p < panels.end; ++p)
    std::copy_n(c.x[0] + panel_at(p * kPanel, first_of(*c.signature), c.features(0)),
                static_cast<size_t>(count) * kPanel, c.y + panel_at(p * kPanel, 0, count));
}

void Slice::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const int count = c.shapes->output, first = first_of(*c.signature);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    float* const dx = c.dx[0] + panel_at(p * kPanel, 0, c.features(0));
    float* const own = std::fill_n(dx, static_cast<size_t>(first) * kPanel, 0.0f);
    float* const rest = std::copy_n(c.dy + panel_at(p * kPanel, 0, count), static_cast<size_t>(count) * kPanel, own);
    std::fill_n(rest, static_cast<size_t>(c.features(0) - first - count) * kPanel, 0.0f);
  }
}

void Slice::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Slice::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Slice::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Slice::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Slice::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  const int64_t count = use.shapes->output;
  std::vector<int64_t> places(static_cast<size_t>(count));
  std::iota(places.begin(), places.end(), first_of(*use.signature));
  return writer.node("Gather", {use.inputs[0], writer.constant_int64(std::move(places), {count})},
                     {onnx_attribute("axis", int64_t{1})});
}

}  // namespace retrograd::ops
