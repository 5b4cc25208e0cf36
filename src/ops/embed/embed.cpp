#include "ops/embed/embed.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>

#include "ops/require.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {
namespace {

constexpr int kMaxCategories = 1 << 24;  // codes are exact in float up to here

int column_of(const Signature& s) { return static_cast<int>(s.attributes[0]); }

/// The category that a code stands for, or −1.
template <class T>
int category(T code, int categories) {
  if (!(code > T{-0.5} && code < static_cast<T>(categories) - T{0.5})) return -1;
  const int k = static_cast<int>(code + T{0.5});
  return std::abs(code - static_cast<T>(k)) < T{0.5} ? k : -1;
}

template <class T>
void forward_rows(const Reference<T>& r) {
  const int units = r.shapes->output;
  for (int64_t n = 0; n < r.rows; ++n) {
    const int k = category(r.x[0][n * r.features(0) + column_of(*r.signature)], r.signature->sizes[0]);
    T* y = r.y + n * units;
    if (k < 0) {
      std::fill_n(y, units, T{0});
    } else {
      std::copy_n(r.parameters[0] + int64_t{k} * units, units, y);
    }
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  if (r.dx[0] != nullptr) std::fill_n(r.dx[0], r.rows * r.features(0), T{0});
  T* const dE = r.dparameters[0];
  if (dE == nullptr) return;
  const int units = r.shapes->output;
  std::fill_n(dE, int64_t{r.signature->sizes[0]} * units, T{0});
  std::map<int, std::vector<int64_t>> rows_of;  // ascending
  for (int64_t n = 0; n < r.rows; ++n)
    rows_of[category(r.x[0][n * r.features(0) + column_of(*r.signature)], r.signature->sizes[0])].push_back(n);
  for (const auto& [k, rows] : rows_of) {
    if (k < 0) continue;
    for (int j = 0; j < units; ++j) {
      auto next = rows.begin();
      const auto last = rows.end();
      dE[int64_t{k} * units + j] = sum_over_shards<T>(r.rows, r.shards, [&](int64_t, int64_t end) {
        T sum = 0;
        for (; next != last && *next < end; ++next) sum += r.dy[*next * units + j];
        return sum;
      });
    }
  }
}

}  // namespace

Shapes Embed::shape(const Signature& s) {
  require_signature(info, s);
  if (s.units < 1) fail("embed: units is {}; expected at least 1 number a category", s.units);
  if (s.sizes.size() != 1)
    fail("embed: {} numbers of categories were given; expected that of its column", s.sizes.size());
  if (s.sizes[0] < 1 || s.sizes[0] > kMaxCategories)
    fail("embed: the column has {} categories; expected 1 to {}", s.sizes[0], kMaxCategories);
  const double column = s.attributes[0];
  if (column != std::floor(column) || column >= s.features[0])
    fail("embed: column is {} but the input has shape [N, {}]; expected a whole number from 0 to {}", column,
         s.features[0], s.features[0] - 1);
  Shapes shapes;
  shapes.output = s.units;
  shapes.parameters = {
      {.name = "E", .rows = s.sizes[0], .cols = s.units, .initializer = "normal", .initializer_argument = 1}};
  shapes.backward_items = 1;
  shapes.workspace_row = 1;
  shapes.workspace_batch = s.sizes[0];
  return shapes;
}

Formula Embed::formula(const Signature& s) {
  using formula::abs;
  using formula::index_value;
  using formula::symbol;
  using formula::where_positive;
  // A one-hot code times E: the category's row.
  const formula::Expr own = where_positive(0.5 - abs(index_value("i") - s.attributes[0]), symbol("x", {"i"}), 0.0);
  const formula::Expr code = formula::define("code", {}, formula::sum("i", "I0", own));
  const formula::Expr hit = where_positive(0.5 - abs(code - index_value("k")), 1.0, 0.0);
  return {Formula::Scope::row, formula::sum("k", "P0", symbol("E", {"k", "j"}) * hit)};
}

void Embed::forward(const Call& c, Span panels) {
  const int units = c.shapes->output;
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    const float* codes = c.x[0] + panel_at(p * kPanel, column_of(*c.signature), c.features(0));
    float* y = c.y + panel_at(p * kPanel, 0, units);
    for (int lane = 0; lane < kPanel; ++lane) {
      const int k = category(codes[lane], c.signature->sizes[0]);
      const float* row = k < 0 ? nullptr : c.parameters[0] + int64_t{k} * units;
      for (int j = 0; j < units; ++j) y[j * kPanel + lane] = row == nullptr ? 0.0f : row[j];
    }
  }
}

void Embed::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const size_t size = static_cast<size_t>(c.features(0)) * kPanel;
  std::fill(c.dx[0] + static_cast<size_t>(panels.begin) * size, c.dx[0] + static_cast<size_t>(panels.end) * size, 0.0f);
}

namespace {

int category_of_row(const Call& c, int64_t n) {
  return category(c.x[0][panel_at(n, column_of(*c.signature), c.features(0))], c.signature->sizes[0]);
}

/// Sums of some units at a time.
struct Units {
  std::array<float, 8> sum{};
  friend Units operator+(Units a, const Units& b) {
    for (size_t j = 0; j < a.sum.size(); ++j) a.sum[j] += b.sum[j];
    return a;
  }
};

/// The rows of each category as a list in the workspace, whole numbers stored as the bits of floats; then the tree over
/// the shards for each category that occurs.
void sum_shards(const Call& c, float* dE) {
  const int units = c.shapes->output;
  float *const first = c.workspace_batch, *const next = c.workspace_rows;
  const auto row = [](float bits) { return static_cast<int64_t>(std::bit_cast<int32_t>(bits)); };
  const auto bits = [](int64_t n) { return std::bit_cast<float>(static_cast<int32_t>(n)); };
  const int64_t none = std::numeric_limits<int32_t>::max();
  for (int64_t n = 0; n < c.rows; ++n)
    if (const int k = category_of_row(c, n); k >= 0) first[k] = bits(none);
  for (int64_t n = c.rows - 1; n >= 0; --n)
    if (const int k = category_of_row(c, n); k >= 0) {
      next[n] = first[k];
      first[k] = bits(n);
    }
  for (int64_t n = 0; n < c.rows; ++n) {
    const int k = category_of_row(c, n);
    if (k < 0 || row(first[k]) != n) continue;
    for (int j = 0; j < units; j += 8) {
      const int count = std::min(8, units - j);
      int64_t at = n;
      const Units total = sum_over_shards<Units>(c.rows, c.shards, [&](int64_t, int64_t end) {
        Units u;
        for (; at < end; at = row(next[at])) {
          const float* dy = c.dy + panel_at(at, j, units);
          for (int m = 0; m < count; ++m) u.sum[static_cast<size_t>(m)] += dy[m * kPanel];
        }
        return u;
      });
      std::copy_n(total.sum.begin(), count, dE + int64_t{k} * units + j);
    }
  }
}

}  // namespace

void Embed::backward_batch(const Call& c, Span items) {
  float* const dE = c.dparameters[0];
  if (items.begin == items.end || dE == nullptr) return;
  const int units = c.shapes->output;
  std::fill_n(dE, int64_t{c.signature->sizes[0]} * units, 0.0f);
  if (c.shards.size() > 1) return sum_shards(c, dE);
  for (int64_t n = 0; n < c.rows; ++n) {
    const int k = category_of_row(c, n);
    if (k < 0) continue;
    const float* dy = c.dy + panel_at(n, 0, units);
    for (int j = 0; j < units; ++j) dE[int64_t{k} * units + j] += dy[j * kPanel];
  }
}

void Embed::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Embed::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Embed::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Embed::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Embed::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  // A one-hot code times E, because Gather refuses a code that is no category.
  const int size = use.signature->sizes[0];
  std::vector<double> categories(static_cast<size_t>(size));
  std::iota(categories.begin(), categories.end(), 0.0);
  const std::string column = writer.constant_int64({int64_t{column_of(*use.signature)}}, {1});
  const std::string code = writer.node("Gather", {use.inputs[0], column}, {onnx_attribute("axis", int64_t{1})});
  const std::string distance = writer.node("Abs", {writer.node("Sub", {code, writer.constant(categories, {size})})});
  const std::string hit = writer.node("Less", {distance, writer.constant({0.5})});
  const std::string one_hot = writer.node("Where", {hit, writer.constant({1.0}), writer.constant({0.0})});
  return writer.node("MatMul", {one_hot, use.parameters[0]});
}

}  // namespace retrograd::ops
