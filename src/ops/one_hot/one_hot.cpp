#include "ops/one_hot/one_hot.hpp"

#include <algorithm>
#include <cmath>

#include "ops/require.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {
namespace {

constexpr int kMaxOutput = 1 << 24;  // codes are exact in float up to here

template <class T>
T is_code(T x, int category) {
  return std::abs(x - static_cast<T>(category)) < T{0.5} ? T{1} : T{0};
}

template <class T>
void forward_rows(const Reference<T>& r) {
  const std::vector<int>& sizes = r.signature->sizes;
  T* y = r.y;
  for (int64_t n = 0; n < r.rows; ++n) {
    for (size_t column = 0; column < sizes.size(); ++column) {
      const T x = r.x[0][n * r.features(0) + static_cast<int64_t>(column)];
      for (int k = 0; k < sizes[column]; ++k) *y++ = is_code(x, k);
    }
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] != nullptr) std::fill_n(r.dx[0], r.rows * r.features(0), T{0});
}

}  // namespace

Shapes OneHot::shape(const Signature& s) {
  require_signature(info, s);
  if (s.sizes.size() != static_cast<size_t>(s.features[0])) {
    fail(
        "one_hot: the input has shape [N, {}] but numbers of categories were given for [{}] columns; give one a column",
        s.features[0], s.sizes.size());
  }
  Shapes shapes;
  for (size_t column = 0; column < s.sizes.size(); ++column) {
    const int size = s.sizes[column];
    if (size < 0) fail("one_hot: column {} has {} categories; expected 0 (left out) or more", column, size);
    if (size > kMaxOutput - shapes.output) {
      fail("one_hot: more than {} categories in columns 0 to {}; embed large columns instead", kMaxOutput, column);
    }
    shapes.output += size;
  }
  if (shapes.output == 0) fail("one_hot: all of its columns have 0 categories; expected one with at least 1");
  return shapes;
}

Formula OneHot::formula(const Signature& s) {
  // Feature j of the block of column c, which begins at `first`, stands for category j − first.
  using formula::Expr;
  using formula::index_value;
  using formula::where_positive;
  const Expr x = formula::symbol("x", {"i"});
  Expr y = 0.0;
  double first = 0;
  for (size_t column = 0; column < s.sizes.size(); ++column) {
    const Expr category = first == 0 ? index_value("j") : index_value("j") - first;
    const Expr hit = where_positive(0.5 - formula::abs(x - category), 1.0, 0.0);
    const Expr in_block = where_positive((category + 0.5) * (s.sizes[column] - 0.5 - category), hit, 0.0);
    const Expr in_column =
        where_positive(0.5 - formula::abs(index_value("i") - static_cast<double>(column)), in_block, 0.0);
    y = column == 0 ? in_column : y + in_column;
    first += s.sizes[column];
  }
  return {Formula::Scope::row, formula::sum("i", "I0", y)};
}

void OneHot::forward(const Call& c, Span panels) {
  const std::vector<int>& sizes = c.signature->sizes;
  float* y = c.y + panel_size(panels.begin * kPanel, c.shapes->output);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (size_t column = 0; column < sizes.size(); ++column) {
      const float* x = c.x[0] + panel_at(p * kPanel, static_cast<int>(column), c.features(0));
      for (int k = 0; k < sizes[column]; ++k, y += kPanel) {
        for (int lane = 0; lane < kPanel; ++lane) y[lane] = is_code(x[lane], k);
      }
    }
  }
}

void OneHot::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const size_t size = static_cast<size_t>(c.features(0)) * kPanel;
  std::fill(c.dx[0] + static_cast<size_t>(panels.begin) * size, c.dx[0] + static_cast<size_t>(panels.end) * size, 0.0f);
}

void OneHot::reference_forward(const Reference<float>& r) { forward_rows(r); }
void OneHot::reference_forward(const Reference<double>& r) { forward_rows(r); }
void OneHot::reference_backward(const Reference<float>& r) { backward_rows(r); }
void OneHot::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string OneHot::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  // Every output feature gathers its column and compares it with its category.
  std::vector<int64_t> columns;
  std::vector<double> categories;
  for (size_t column = 0; column < use.signature->sizes.size(); ++column) {
    for (int k = 0; k < use.signature->sizes[column]; ++k) {
      columns.push_back(static_cast<int64_t>(column));
      categories.push_back(k);
    }
  }
  const auto width = static_cast<int64_t>(columns.size());
  const std::string code = writer.node("Gather", {use.inputs[0], writer.constant_int64(std::move(columns), {width})},
                                       {onnx_attribute("axis", int64_t{1})});
  const std::string distance =
      writer.node("Abs", {writer.node("Sub", {code, writer.constant(std::move(categories), {width})})});
  const std::string hit = writer.node("Less", {distance, writer.constant({0.5})});
  return writer.node("Where", {hit, writer.constant({1.0}), writer.constant({0.0})});
}

}  // namespace retrograd::ops
