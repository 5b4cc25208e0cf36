#include "ops/piecewise/piecewise.hpp"

#include <algorithm>

#include "ops/require.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {
namespace {

constexpr int kMaxOutput = 1 << 24;

template <class T>
T within(T t) {
  return t < T{0} ? T{0} : t > T{1} ? T{1} : t;
}

/// dx + dy·scale where x is inside the bin.
template <class T>
T gained(T dx, T dy, T x, T low, T scale) {
  const T t = (x - low) * scale;
  return dx + (t > T{0} && t < T{1} ? dy * scale : T{0});
}

template <class T>
void forward_rows(const Reference<T>& r) {
  T* y = r.y;
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int column = 0, j = 0; column < r.features(0); ++column) {
      const T x = r.x[0][n * r.features(0) + column];
      for (const int end = j + r.signature->sizes[static_cast<size_t>(column)]; j < end; ++j)
        *y++ = within((x - r.parameters[Piecewise::kLow][j]) * r.parameters[Piecewise::kScale][j]);
    }
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] == nullptr) return;
  const T* dy = r.dy;
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int column = 0, j = 0; column < r.features(0); ++column) {
      const int64_t at = n * r.features(0) + column;
      T dx = 0;
      for (const int end = j + r.signature->sizes[static_cast<size_t>(column)]; j < end; ++j)
        dx = gained(dx, *dy++, r.x[0][at], r.parameters[Piecewise::kLow][j], r.parameters[Piecewise::kScale][j]);
      r.dx[0][at] = dx;
    }
  }
}

}  // namespace

Shapes Piecewise::shape(const Signature& s) {
  require_signature(info, s);
  if (s.sizes.size() != static_cast<size_t>(s.features[0])) {
    fail("piecewise: the input has shape [N, {}] but numbers of bins were given for [{}] columns; give one a column",
         s.features[0], s.sizes.size());
  }
  Shapes shapes;
  for (size_t column = 0; column < s.sizes.size(); ++column) {
    const int size = s.sizes[column];
    if (size < 0) fail("piecewise: column {} has {} bins; expected 0 (left out) or more", column, size);
    if (size > kMaxOutput - shapes.output)
      fail("piecewise: more than {} bins in columns 0 to {}; take fewer a column", kMaxOutput, column);
    shapes.output += size;
  }
  if (shapes.output == 0) fail("piecewise: all of its columns have 0 bins; expected one with at least 1");
  shapes.parameters = {{.name = "low", .cols = shapes.output, .trained = false, .initializer = "zeros"},
                       {.name = "scale", .cols = shapes.output, .trained = false, .initializer = "ones"}};
  shapes.flops_forward = 4.0 * shapes.output;
  shapes.flops_backward = 6.0 * shapes.output;
  return shapes;
}

Formula Piecewise::formula(const Signature& s) {
  using formula::Expr;
  using formula::index_value;
  using formula::symbol;
  using formula::where_positive;
  // The column of output j: as many as have all their bins before it.
  Expr before = 0.0;
  double end = 0;
  for (size_t column = 0; column + 1 < s.sizes.size(); ++column) {
    end += s.sizes[column];
    const Expr passed = where_positive(index_value("j") - (end - 0.5), 1.0, 0.0);
    before = column == 0 ? passed : before + passed;
  }
  const Expr column = formula::define("column", {"j"}, before);
  const Expr own = where_positive(0.5 - formula::abs(index_value("i") - column), symbol("x", {"i"}), 0.0);
  const Expr number = formula::define("number", {"j"}, formula::sum("i", "I0", own));
  const Expr way = formula::define("way", {"j"}, (number - symbol("low", {"j"})) * symbol("scale", {"j"}));
  return {Formula::Scope::row, where_positive(way, where_positive(1.0 - way, way, 1.0), 0.0)};
}

void Piecewise::forward(const Call& c, Span panels) {
  const std::vector<int>& sizes = c.signature->sizes;
  float* y = c.y + panel_size(panels.begin * kPanel, c.shapes->output);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int column = 0, j = 0; column < c.features(0); ++column) {
      const float* x = c.x[0] + panel_at(p * kPanel, column, c.features(0));
      for (const int end = j + sizes[static_cast<size_t>(column)]; j < end; ++j, y += kPanel) {
        const float low = c.parameters[kLow][j], scale = c.parameters[kScale][j];
        for (int lane = 0; lane < kPanel; ++lane) y[lane] = within((x[lane] - low) * scale);
      }
    }
  }
}

void Piecewise::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const std::vector<int>& sizes = c.signature->sizes;
  const float* dy = c.dy + panel_size(panels.begin * kPanel, c.shapes->output);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int column = 0, j = 0; column < c.features(0); ++column) {
      const size_t at = panel_at(p * kPanel, column, c.features(0));
      const float* x = c.x[0] + at;
      float* dx = c.dx[0] + at;
      std::fill_n(dx, kPanel, 0.0f);
      for (const int end = j + sizes[static_cast<size_t>(column)]; j < end; ++j, dy += kPanel) {
        const float low = c.parameters[kLow][j], scale = c.parameters[kScale][j];
        for (int lane = 0; lane < kPanel; ++lane) dx[lane] = gained(dx[lane], dy[lane], x[lane], low, scale);
      }
    }
  }
}

void Piecewise::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Piecewise::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Piecewise::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Piecewise::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Piecewise::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  // Every bin gathers its column.
  std::vector<int64_t> columns;
  for (size_t column = 0; column < use.signature->sizes.size(); ++column)
    columns.insert(columns.end(), static_cast<size_t>(use.signature->sizes[column]), static_cast<int64_t>(column));
  const auto width = static_cast<int64_t>(columns.size());
  const std::string x = writer.node("Gather", {use.inputs[0], writer.constant_int64(std::move(columns), {width})},
                                    {onnx_attribute("axis", int64_t{1})});
  const std::string way = writer.node("Mul", {writer.node("Sub", {x, use.parameters[kLow]}), use.parameters[kScale]});
  return writer.node("Min", {writer.node("Max", {way, writer.constant({0})}), writer.constant({1})});
}

}  // namespace retrograd::ops
