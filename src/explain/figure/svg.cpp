#include "explain/figure/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "explain/text/layout.hpp"

namespace retrograd::figure {
namespace {

using text::number;
using text::Picture;
using text::PictureLayer;
using text::PictureUnit;

// In the unit of the drawing, which a browser shows as pixels.
constexpr double kPitch = 148, kGap = 225, kLeft = 90, kTop = 96, kHalf = 33, kRight = 150;

constexpr std::string_view kShapes =
    "text { font: 15px system-ui, sans-serif; text-anchor: middle }\n"
    ".soft { font-size: 14px } .gain { font-size: 13px } .value { font-weight: 600 } .left { text-anchor: start }\n"
    ".w { font-size: 14px; stroke-width: 5px; paint-order: stroke; stroke-linejoin: round }\n"
    ".cell, .in, .amp { stroke-width: 1.6; stroke-linejoin: round } .f, .b, .in { fill: none }\n";

struct Colours {
  std::string_view paper, ink, soft, wire, cell, edge, amplifier, back;
};
constexpr Colours kLight = {"#ffffff", "#1a2230", "#566173", "#8894a6", "#e3ecfb", "#2f5fb3", "#ffe9d6", "#b3500a"};
constexpr Colours kDark = {"#14181f", "#e8edf5", "#a9b5c6", "#77859a", "#1f2f4d", "#7aa5f0", "#45290f", "#f0995a"};

std::string style_of(const Colours& c) {
  return fmt::format(
      "text {{ fill: {} }} .paper {{ fill: {} }} .soft {{ fill: {} }} .w {{ stroke: {} }}\n"
      ".cell {{ fill: {}; stroke: {} }} .in, .f {{ stroke: {} }} .head {{ fill: {} }}\n"
      ".amp {{ fill: {}; stroke: {} }} .b {{ stroke: {} }} .backhead {{ fill: {} }}\n",
      c.ink, c.paper, c.soft, c.paper, c.cell, c.edge, c.wire, c.wire, c.amplifier, c.back, c.back, c.back);
}

std::string escaped(std::string_view words) {
  std::string out;
  for (const char c : text::clean(words)) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

struct Point {
  double x, y;
};

class Drawing {
 public:
  void words(Point at, std::string_view what, std::string_view style) {
    body_ += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\" class=\"{}\">{}</text>\n", at.x, at.y, style, escaped(what));
  }

  /// An arrow with its weight near the end that it leaves from.
  void wire(Point from, Point to, double weight, std::string_view label, bool back) {
    const double length = std::hypot(to.x - from.x, to.y - from.y);
    const double ux = (to.x - from.x) / length, uy = (to.y - from.y) / length;
    const Point neck = {to.x - 11 * ux, to.y - 11 * uy};
    body_ += fmt::format("<path class=\"{}\" stroke-width=\"{:.1f}\" d=\"M{:.1f},{:.1f} L{:.1f},{:.1f}\"/>\n",
                         back ? "b" : "f", 1.2 + std::min(0.5 * std::abs(weight), 4.0), from.x, from.y, neck.x, neck.y);
    body_ += fmt::format("<path class=\"{}\" d=\"M{:.1f},{:.1f} L{:.1f},{:.1f} L{:.1f},{:.1f} Z\"/>\n",
                         back ? "backhead" : "head", to.x, to.y, neck.x - 5 * uy, neck.y + 5 * ux, neck.x + 5 * uy,
                         neck.y - 5 * ux);
    labels_.push_back({{from.x + 0.26 * (to.x - from.x), from.y + 0.26 * (to.y - from.y) + 5}, std::string(label)});
  }
  /// The weights, over all wires.
  void labels() {
    for (const auto& [at, label] : labels_) words(at, label, "w");
    labels_.clear();
  }

  void circle(Point at, std::string_view style) {
    body_ += fmt::format("<circle class=\"{}\" cx=\"{:.0f}\" cy=\"{:.0f}\" r=\"{:.0f}\"/>\n", style, at.x, at.y, kHalf);
  }
  /// A triangle that points to the left, where its signal goes.
  void amplifier(Point at) {
    body_ += fmt::format("<path class=\"amp\" d=\"M{0:.0f},{1:.0f} V{2:.0f} L{3:.0f},{4:.0f} Z\"/>\n", at.x + 39,
                         at.y - 41, at.y + 41, at.x - 52, at.y);
  }

  std::string svg(double width, double height, std::string_view label) const {
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
        "height=\"{1:.0f}\" role=\"img\" aria-label=\"{2}\">\n<style>\n{3}{4}@media (prefers-color-scheme: dark) {{\n"
        "{5}}}\n</style>\n<rect class=\"paper\" width=\"{0:.0f}\" height=\"{1:.0f}\" rx=\"10\"/>\n{6}</svg>\n",
        width, height, escaped(label), kShapes, style_of(kLight), style_of(kDark), body_);
  }

 private:
  std::string body_;
  std::vector<std::pair<Point, std::string>> labels_;
};

class Network {
 public:
  explicit Network(const Picture& picture) : picture_(picture) {
    tallest_ = picture.x.size();
    for (const PictureLayer& layer : picture.layers) tallest_ = std::max(tallest_, layer.units.size());
  }

  std::string forward() {
    const auto& layers = picture_.layers;
    for (size_t k = 0; k < layers.size(); ++k)
      for (size_t i = 0; i < count_below(k); ++i)
        for (size_t j = 0; j < layers[k].units.size(); ++j) {
          const Point from = below(k, i), to = place(k, j);
          const double w = layers[k].W[i][j];
          drawing_.wire({from.x + kHalf, from.y}, {to.x - kHalf - 2, to.y}, w, number(w, 3), false);
        }
    drawing_.labels();
    for (size_t i = 0; i < picture_.x.size(); ++i) {
      const Point at = input(i);
      drawing_.circle(at, "in");
      drawing_.words({at.x, at.y + 5}, number(picture_.x[i], 3), "value");
      drawing_.words({at.x, at.y - 42}, "x" + text::subscript(static_cast<long long>(i + 1)), "soft");
    }
    for (size_t k = 0; k < layers.size(); ++k)
      for (size_t j = 0; j < layers[k].units.size(); ++j) {
        const Point at = place(k, j);
        const PictureUnit& unit = layers[k].units[j];
        const bool squashes = layers[k].amplifies;
        drawing_.circle(at, squashes ? "cell" : "in");
        drawing_.words({at.x, at.y + 5}, number(squashes ? unit.a : unit.z, 3), "value");
        const std::string z = "z" + text::subscript(number_of(k, j));
        drawing_.words({at.x, at.y - 43}, squashes ? z + " = " + number(unit.z, 3) : z, "soft");
        if (layers[k].output == "p")
          drawing_.words({at.x + kHalf + 14, at.y + 5},
                         "p" + text::subscript(static_cast<long long>(j + 1)) + " = " + number(unit.a, 3),
                         "value left");
      }
    return finish("A network computing forward, from the left to the right");
  }

  std::string reverse() {
    const auto& layers = picture_.layers;
    for (size_t k = layers.size(); k-- > 1;)
      for (size_t j = 0; j < layers[k].units.size(); ++j)
        for (size_t i = 0; i < layers[k - 1].units.size(); ++i) {
          const Point from = place(k, j), to = place(k - 1, i);
          const double w = layers[k].W[i][j];
          drawing_.wire({from.x - (layers[k].amplifies ? 52 : kHalf), from.y}, {to.x + kHalf + 8, to.y}, w,
                        number(w, 3), true);
        }
    drawing_.labels();
    for (size_t k = 0; k < layers.size(); ++k)
      for (size_t j = 0; j < layers[k].units.size(); ++j) {
        const Point at = place(k, j);
        const PictureUnit& unit = layers[k].units[j];
        const std::string number_text = text::subscript(number_of(k, j));
        const std::string delta = fmt::format("∂l/∂z{} = {}", number_text, number(unit.delta, 3));
        if (layers[k].amplifies) {
          drawing_.amplifier(at);
          drawing_.words({at.x + 7, at.y + 5}, "×" + number(unit.gain, 3), "gain");
          drawing_.words({at.x + 20, at.y - 48}, "Σ wδ = " + number(unit.sum, 3), "soft");
          drawing_.words({at.x - 4, at.y + 60}, delta, "value");
        } else {
          drawing_.circle(at, "amp");
          drawing_.words({at.x, at.y + 5}, number(unit.delta, 3), "value");
          drawing_.words({at.x, at.y - 43}, "∂l/∂z" + number_text, "soft");
          if (!picture_.seed.empty())
            drawing_.words({at.x + kHalf + 14, at.y + 5},
                           fmt::format("p{0} − y{0}", text::subscript(static_cast<long long>(j + 1))), "left");
        }
      }
    return finish("The reverse network, from the right to the left: every neuron is an amplifier");
  }

 private:
  Point input(size_t i) const { return {kLeft, row(i, picture_.x.size())}; }
  Point place(size_t layer, size_t unit) const {
    return {kLeft + kGap * static_cast<double>(layer + 1), row(unit, picture_.layers[layer].units.size())};
  }
  Point below(size_t layer, size_t unit) const { return layer == 0 ? input(unit) : place(layer - 1, unit); }
  size_t count_below(size_t layer) const {
    return layer == 0 ? picture_.x.size() : picture_.layers[layer - 1].units.size();
  }
  double row(size_t unit, size_t units) const {
    return kTop + kPitch * (static_cast<double>(unit) + static_cast<double>(tallest_ - units) / 2);
  }
  long long number_of(size_t layer, size_t unit) const {
    size_t number = unit + 1;
    for (size_t k = 0; k < layer; ++k) number += picture_.layers[k].units.size();
    return static_cast<long long>(number);
  }
  std::string finish(std::string_view label) const {
    return drawing_.svg(kLeft + kGap * static_cast<double>(picture_.layers.size()) + kRight,
                        kTop + kPitch * static_cast<double>(tallest_ - 1) + 86, label);
  }

  const Picture& picture_;
  size_t tallest_ = 0;
  Drawing drawing_;
};

}  // namespace

std::string network_svg(const Picture& picture, Direction direction) {
  Network network(picture);
  return direction == Direction::forward ? network.forward() : network.reverse();
}

std::string neuron_svg(Direction direction) {
  Drawing drawing;
  const Point neuron = {370, 120};
  if (direction == Direction::forward) {
    const Point inputs[] = {{90, 62}, {90, 178}};
    for (int i = 0; i < 2; ++i)
      drawing.wire({inputs[i].x + kHalf, inputs[i].y}, {neuron.x - kHalf - 2, neuron.y}, 1, i == 0 ? "w₁" : "w₂",
                   false);
    drawing.wire({neuron.x + kHalf, neuron.y}, {640, neuron.y}, 1, "a = σ(z)", false);
    drawing.labels();
    for (int i = 0; i < 2; ++i) {
      drawing.circle(inputs[i], "in");
      drawing.words({inputs[i].x, inputs[i].y + 5}, i == 0 ? "x₁" : "x₂", "value");
    }
    drawing.circle(neuron, "cell");
    drawing.words({neuron.x, neuron.y + 5}, "z | a", "value");
    drawing.words({neuron.x, neuron.y - 46}, "z = x₁w₁ + x₂w₂ + b", "soft");
    drawing.words({90, 228}, "∂z/∂w₁ = x₁,  ∂z/∂w₂ = x₂", "soft left");
    drawing.words({666, neuron.y + 5}, "… the loss l", "left");
    return drawing.svg(800, 250, "One neuron: inputs, weights, z and its activation");
  }
  const Point next[] = {{660, 62}, {660, 178}};
  for (int k = 0; k < 2; ++k)
    drawing.wire({next[k].x - kHalf, next[k].y}, {neuron.x + kHalf + 8, neuron.y}, 1, k == 0 ? "w₃" : "w₄", true);
  drawing.wire({neuron.x - 52, neuron.y}, {150, neuron.y}, 1, "", true);
  drawing.labels();
  drawing.amplifier(neuron);
  drawing.words({neuron.x + 10, neuron.y + 5}, "×σ′(z)", "gain");
  for (int k = 0; k < 2; ++k) {
    drawing.circle(next[k], "amp");
    drawing.words({next[k].x, next[k].y + 5}, k == 0 ? "∂l/∂z′" : "∂l/∂z″", "gain");
  }
  drawing.words({90, neuron.y + 5}, "∂l/∂z", "value");
  drawing.words({90, 228}, "∂l/∂z = σ′(z)·(w₃ ∂l/∂z′ + w₄ ∂l/∂z″)", "soft left");
  return drawing.svg(800, 250, "The same neuron in the reverse network: an amplifier");
}

}  // namespace retrograd::figure
