#include "ops/interpolate/interpolate.hpp"

#include <algorithm>
#include <cmath>

#include "math/scalar.hpp"
#include "ops/require.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {
namespace {

int knots_of(const Signature& s) { return static_cast<int>(s.attributes[0]); }

/// One column of the knots.
template <class T>
class Line {
 public:
  Line(T* const* parameters, const Signature& s, int column)
      : at_(parameters[Interpolate::kAt] + column),
        to_(parameters[Interpolate::kTo] + column),
        slope_(parameters[Interpolate::kSlope] + column),
        stride_(s.features[0]),
        knots_(knots_of(s)) {}

  T value(T x) const {
    if (std::isnan(x)) return x;
    const int64_t k = last_knot(x);
    const T way = (x > last() ? last() : x) - at_[k];
    return math::fma(way > T{0} ? way : T{0}, slope_[k], to_[k]);
  }
  T gain(T x) const {
    const int64_t k = last_knot(x);
    return x > at_[k] && x <= last() ? slope_[k] : T{0};
  }

 private:
  T last() const { return at_[int64_t{knots_ - 1} * stride_]; }
  /// Its place in a column of the matrix: the last that is not above x, or the first.
  int64_t last_knot(T x) const {
    int below = 0, above = knots_;
    while (above - below > 1) {
      const int middle = below + (above - below) / 2;
      (at_[int64_t{middle} * stride_] <= x ? below : above) = middle;
    }
    return int64_t{below} * stride_;
  }

  const T *at_, *to_, *slope_;
  int stride_, knots_;
};

template <class T>
void forward_rows(const Reference<T>& r) {
  const int features = r.features(0);
  for (int j = 0; j < features; ++j) {
    const Line<T> line(r.parameters, *r.signature, j);
    for (int64_t n = 0; n < r.rows; ++n) r.y[n * features + j] = line.value(r.x[0][n * features + j]);
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] == nullptr) return;
  const int features = r.features(0);
  for (int j = 0; j < features; ++j) {
    const Line<T> line(r.parameters, *r.signature, j);
    for (int64_t n = 0; n < r.rows; ++n)
      r.dx[0][n * features + j] = r.dy[n * features + j] * line.gain(r.x[0][n * features + j]);
  }
}

}  // namespace

Shapes Interpolate::shape(const Signature& s) {
  require_signature(info, s);
  if (s.attributes[0] != std::floor(s.attributes[0]))
    fail("interpolate: attribute knots is {}; expected a whole number", s.attributes[0]);
  const int knots = knots_of(s), features = s.features[0];
  constexpr int kMaxKnots = 1 << 26;
  if (features > kMaxKnots / knots)
    fail("interpolate: the input has shape [N, {}] and each feature {} knots; expected at most {} in all", features,
         knots, kMaxKnots);
  Shapes shapes;
  shapes.output = features;
  for (const char* name : {"at", "to", "slope"})
    shapes.parameters.push_back({.name = name, .rows = knots, .cols = features, .trained = false});
  shapes.flops_forward = 4.0 * features;
  shapes.flops_backward = features;
  return shapes;
}

Formula Interpolate::formula(const Signature& s) {
  using formula::define;
  using formula::Expr;
  using formula::index_value;
  using formula::symbol;
  using formula::where_positive;
  const Expr x = symbol("x", {"j"}), at = symbol("at", {"k", "j"});
  const Expr final = where_positive(index_value("k") - (knots_of(s) - 1.5), at, 0.0);
  const Expr last = define("last", {"j"}, formula::sum("k", "P0", final));
  const Expr passed = define("passed", {"j"}, formula::sum("k", "P0", where_positive(at - x, 0.0, 1.0)));
  const Expr place = define("place", {"j"}, where_positive(passed - 0.5, passed - 1.0, 0.0));
  const Expr way = where_positive(x - last, last, x) - at;
  const Expr value = symbol("to", {"k", "j"}) + where_positive(way, way, 0.0) * symbol("slope", {"k", "j"});
  const Expr own = where_positive(0.5 - formula::abs(index_value("k") - place), value, 0.0);
  return {Formula::Scope::row, formula::sum("k", "P0", own)};
}

// A search for every number: preprocessing, far below what the sums of a layer cost.

void Interpolate::forward(const Call& c, Span panels) {
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < c.features(0); ++j) {
      const Line<float> line(c.parameters, *c.signature, j);
      const size_t first = panel_at(p * kPanel, j, c.features(0));
      for (size_t i = first; i < first + kPanel; ++i) c.y[i] = line.value(c.x[0][i]);
    }
  }
}

void Interpolate::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < c.features(0); ++j) {
      const Line<float> line(c.parameters, *c.signature, j);
      const size_t first = panel_at(p * kPanel, j, c.features(0));
      for (size_t i = first; i < first + kPanel; ++i) c.dx[0][i] = c.dy[i] * line.gain(c.x[0][i]);
    }
  }
}

void Interpolate::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Interpolate::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Interpolate::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Interpolate::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Interpolate::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  // The knot that counts is one that is passed (the first always is) while the next is not: [N, K, F].
  const int64_t K = knots_of(*use.signature), F = use.signature->features[0];
  const std::string one = writer.constant({1}), zero = writer.constant({0});
  const auto take = [&](const std::string& of, std::vector<int64_t> places, int64_t axis) {
    const auto count = static_cast<int64_t>(places.size());
    return writer.node("Gather", {of, writer.constant_int64(std::move(places), {count})},
                       {onnx_attribute("axis", axis)});
  };
  const std::string x = writer.node("Reshape", {use.inputs[0], writer.constant_int64({-1, 1, F}, {3})});
  const std::string clipped = writer.node("Min", {x, take(use.parameters[kAt], {K - 1}, 0)});
  const std::string ahead = writer.node("Where", {writer.node("Less", {clipped, use.parameters[kAt]}), one, zero});
  std::vector<double> first, last;
  std::vector<int64_t> next;
  for (int64_t k = 0; k < K; ++k) {
    first.push_back(k == 0 ? 0 : 1);
    last.push_back(k + 1 == K ? 1 : 0);
    next.push_back(std::min(k + 1, K - 1));
  }
  const std::string open = writer.node("Mul", {ahead, writer.constant(std::move(first), {K, 1})});
  const std::string end = writer.node("Max", {take(ahead, next, 1), writer.constant(std::move(last), {K, 1})});
  const std::string own = writer.node("Mul", {writer.node("Sub", {one, open}), end});
  const std::string way = writer.node("Max", {writer.node("Sub", {clipped, use.parameters[kAt]}), zero});
  const std::string value =
      writer.node("Add", {writer.node("Mul", {way, use.parameters[kSlope]}), use.parameters[kTo]});
  // Chosen, not multiplied: at knots that do not count, a long way times a steep slope may be infinite.
  const std::string chosen = writer.node("Where", {writer.node("Less", {zero, own}), value, zero});
  return writer.node("ReduceSum", {chosen, writer.constant_int64({1}, {1})}, {onnx_attribute("keepdims", int64_t{0})});
}

}  // namespace retrograd::ops
