#include "explain/text/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "explain/text/canvas.hpp"

namespace retrograd::text {
namespace {

constexpr int kUnits = 2;  // of a layer: beyond that the wires can no longer be told apart
constexpr int kPitch = 4;  // rows from one neuron to the next
constexpr int kInput = 6;  // columns of an input
constexpr int kNode = 10;  // columns of a neuron: "δ −0.01234"
constexpr int kGap = 11;   // least columns of wires between two layers
constexpr int kMargin = 2;

/// Where everything lies: neurons of layer k begin at column(k), layer −1 are the inputs.
class Plan {
 public:
  Plan(const Picture& picture, int columns) {
    tallest_ = picture.x.size();
    for (const PictureLayer& layer : picture.layers) tallest_ = std::max(tallest_, layer.units.size());
    const int layers = static_cast<int>(picture.layers.size());
    gap_ = std::min((columns - kMargin - kInput - layers * kNode) / std::max(layers, 1), 20);
  }
  int gap() const { return gap_; }
  int column(int layer) const { return layer < 0 ? kMargin : kMargin + kInput + gap_ + layer * (kNode + gap_); }
  /// Last column of what stands there.
  int end(int layer) const { return column(layer) + (layer < 0 ? kInput : kNode); }
  /// Neurons of smaller layers stand in the middle.
  int row(size_t unit, size_t units) const {
    return 2 + static_cast<int>(unit) * kPitch + static_cast<int>(tallest_ - units) * kPitch / 2;
  }
  int rows() const { return 2 + static_cast<int>(tallest_) * kPitch; }

 private:
  size_t tallest_ = 0;
  int gap_ = 0;
};

/// A weight, written on a level wire or beside the first stroke of a slanted one, on the side that it comes from.
void label(Canvas& canvas, int from_row, int to_row, int begin, int end, double weight) {
  const std::string text = number(weight, 3);
  const int step = begin < end ? 1 : -1, rows = std::abs(to_row - from_row), width = width_of(text);
  if (rows == 0) {
    canvas.put(from_row, begin + step * 2 - (step < 0 ? width + 1 : 0), " " + text + " ");
    return;
  }
  const int stroke = begin + step * (std::max((std::abs(end - begin) + 2 - rows) / 2, 0) + 1);
  canvas.put(from_row + (to_row > from_row ? 1 : -1), step > 0 ? stroke - width : stroke + 1, text);
}

/// Wires of one gap, drawn first, then their weights, so that no wire crosses a number out.
template <class RowOf, class ToRow>
void bundle(Canvas& canvas, size_t from_count, size_t to_count, int begin, int end, Ink ink, const RowOf& from_row,
            const ToRow& to_row, const std::vector<std::vector<double>>& weights) {
  for (size_t i = 0; i < from_count; ++i)
    for (size_t j = 0; j < to_count; ++j) canvas.wire(from_row(i), to_row(j), begin, end, ink);
  for (size_t i = 0; i < from_count; ++i)
    for (size_t j = 0; j < to_count; ++j) label(canvas, from_row(i), to_row(j), begin, end, weights[i][j]);
  for (size_t j = 0; j < to_count; ++j) canvas.put(to_row(j), end, begin < end ? "▶" : "◀", ink);
}

}  // namespace

bool drawable(const Picture& picture, int columns) {
  if (picture.layers.empty() || picture.x.empty() || picture.x.size() > kUnits) return false;
  for (const PictureLayer& layer : picture.layers)
    if (layer.units.empty() || layer.units.size() > kUnits) return false;
  return Plan(picture, columns).gap() >= kGap;
}

void draw_forward(const Picture& picture, Page& page) {
  const Plan plan(picture, page.columns());
  Canvas canvas(plan.rows(), page.columns());
  const auto last = static_cast<int>(picture.layers.size());
  for (int k = 0; k < last; ++k) {
    const PictureLayer& layer = picture.layers[static_cast<size_t>(k)];
    const size_t above = k == 0 ? picture.x.size() : picture.layers[static_cast<size_t>(k - 1)].units.size();
    bundle(
        canvas, above, layer.units.size(), plan.end(k - 1), plan.column(k) - 2, Ink::forward,
        [&](size_t i) { return plan.row(i, above); }, [&](size_t j) { return plan.row(j, layer.units.size()); },
        layer.W);
    canvas.put(0, plan.column(k), cut(clean(layer.name), kNode + 2), Ink::soft);
    for (size_t j = 0; j < layer.units.size(); ++j) {
      const int row = plan.row(j, layer.units.size());
      canvas.put(row - 1, plan.column(k), "z " + number(layer.units[j].z), Ink::soft);
      canvas.put(row, plan.column(k), left(layer.output + " " + number(layer.units[j].a), kNode));
    }
  }
  canvas.put(0, plan.column(-1), "input", Ink::soft);
  for (size_t i = 0; i < picture.x.size(); ++i) {
    const int row = plan.row(i, picture.x.size());
    canvas.put(row - 1, plan.column(-1), "x" + subscript(static_cast<long long>(i + 1)), Ink::soft);
    canvas.put(row, plan.column(-1), left(number(picture.x[i], 3), kInput));
  }
  canvas.print(page);
}

void draw_reverse(const Picture& picture, Page& page) {
  const Plan plan(picture, page.columns());
  Canvas canvas(plan.rows(), page.columns());
  const auto last = static_cast<int>(picture.layers.size());
  for (int k = last - 1; k >= 0; --k) {
    const PictureLayer& layer = picture.layers[static_cast<size_t>(k)];
    const size_t units = layer.units.size();
    canvas.put(0, plan.column(k), cut("∂l/∂" + clean(layer.name), kNode + 2), Ink::soft);
    if (k > 0) {
      const PictureLayer& below = picture.layers[static_cast<size_t>(k - 1)];
      std::vector<std::vector<double>> reversed(units, std::vector<double>(below.units.size()));
      for (size_t i = 0; i < below.units.size(); ++i)
        for (size_t j = 0; j < units; ++j) reversed[j][i] = layer.W[i][j];
      bundle(
          canvas, units, below.units.size(), plan.column(k) - 2, plan.end(k - 1), Ink::backward,
          [&](size_t j) { return plan.row(j, units); }, [&](size_t i) { return plan.row(i, below.units.size()); },
          reversed);
    }
    for (size_t j = 0; j < units; ++j) {
      const PictureUnit& unit = layer.units[j];
      const int row = plan.row(j, units);
      canvas.put(row, plan.column(k), std::string(kNode, ' '));
      if (layer.amplifies) {
        canvas.put(row - 1, plan.column(k), "Σ " + number(unit.sum), Ink::soft);
        canvas.put(row, plan.column(k), "◁ ×" + number(unit.gain, 3), Ink::backward);
        canvas.put(row + 1, plan.column(k), "δ " + number(unit.delta));
      } else {
        canvas.put(row, plan.column(k), "δ " + number(unit.delta));
        if (!picture.seed.empty()) canvas.put(row - 1, plan.column(k), picture.seed, Ink::soft);
      }
    }
  }
  canvas.print(page);
}

}  // namespace retrograd::text
