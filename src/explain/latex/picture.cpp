#include "explain/latex/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "explain/latex/words.hpp"

namespace retrograd::latex {
namespace {

constexpr int kUnitsDrawn = 6, kLayersDrawn = 5;
constexpr int kLabelled = 9;                               // wires of a layer that carry their weights
constexpr double kAcross = 34, kDown = 21, kRadius = 5.5;  // millimetres

/// A linear layer with the activation that reads it, if one does.
struct Layer {
  const ForwardEquation* linear = nullptr;
  const ForwardEquation* activation = nullptr;
  const ParameterNumbers* W = nullptr;
  const ValueNumbers *z = nullptr, *a = nullptr, *delta = nullptr;
};

struct Chain {
  const ValueNumbers* x = nullptr;
  std::vector<Layer> layers;
  bool plain = true;  // nothing but linear layers, each with at most one activation, from the first layer to the loss
};

Chain chain_of(const Explanation& e) {
  Chain chain;
  std::string last;
  for (const ForwardEquation& f : e.forward) {
    if (!f.for_loss || f.kind == "preprocess" || f.kind == "loss" || f.inputs.empty()) continue;
    if (f.kind == "linear") {
      Layer layer;
      layer.linear = &f;
      layer.W = f.parameters.empty() ? nullptr : e.parameter(f.parameters[0]);
      layer.z = layer.a = e.value(f.output);
      for (const ValueNumbers& g : e.gradients) {
        if (g.about == f.output && !g.computed.empty()) layer.delta = &g;
      }
      if (chain.layers.empty()) chain.x = e.value(f.inputs[0]);
      chain.plain &= chain.layers.empty() || f.inputs[0] == last;
      chain.layers.push_back(layer);
    } else if (f.kind == "activation" && !chain.layers.empty() && f.inputs[0] == last &&
               !chain.layers.back().activation) {
      chain.layers.back().activation = &f;
      chain.layers.back().a = e.value(f.output);
    } else {
      chain.plain = false;
    }
    last = f.output;
  }
  return chain;
}

bool complete(const Layer& l) {
  return l.W != nullptr && l.z != nullptr && l.a != nullptr && l.delta != nullptr && !l.z->computed.empty() &&
         l.W->values.size() == static_cast<size_t>(l.W->rows) * static_cast<size_t>(l.W->cols);
}

bool small(const Chain& c) {
  if (!c.plain || c.x == nullptr || c.x->features > kUnitsDrawn || c.layers.size() > kLayersDrawn) return false;
  return std::all_of(c.layers.begin(), c.layers.end(),
                     [](const Layer& l) { return complete(l) && l.z->features <= kUnitsDrawn; });
}

class Drawing {
 public:
  explicit Drawing(const Chain& c) : c_(c) {
    most_ = c.x->features;
    for (const Layer& l : c.layers) most_ = std::max(most_, l.z->features);
    half_ = most_ * kDown + 6;
  }

  std::string draw() {
    const double width = 24 + static_cast<double>(c_.layers.size()) * kAcross;
    add("\\begin{{center}}\\setlength{{\\unitlength}}{{1mm}}\\setlength{{\\fboxsep}}{{0.6pt}}\\footnotesize\n"
        "\\begin{{picture}}({:.0f},{:.0f})\n",
        width, 2 * half_);
    add("\\color{{forward}}\n");
    for (size_t l = 0; l < c_.layers.size(); ++l) forward_wires(l);
    nodes(0, *c_.x, nullptr);
    for (size_t l = 0; l < c_.layers.size(); ++l) nodes(l + 1, *c_.layers[l].a, c_.layers[l].z);
    add("\\color{{backward}}\n");
    for (size_t l = 1; l < c_.layers.size(); ++l) reverse_wires(l);
    for (size_t l = 0; l < c_.layers.size(); ++l) amplifiers(l);
    add("\\end{{picture}}\\end{{center}}\n");
    return std::move(out_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }
  static double x(size_t column) { return 12 + static_cast<double>(column) * kAcross; }
  double y(int unit, int units, bool reverse) const {
    return (reverse ? 0 : half_) + half_ - 12 - (unit + 0.5 * (most_ - units)) * kDown;
  }
  void line(double x1, double y1, double x2, double y2) {
    add("\\qbezier({:.2f},{:.2f})({:.2f},{:.2f})({:.2f},{:.2f})\n", x1, y1, (x1 + x2) / 2, (y1 + y2) / 2, x2, y2);
  }
  void words(double px, double py, const std::string& math) {
    add("\\put({:.2f},{:.2f}){{\\makebox(0,0){{${}$}}}}\n", px, py, math);
  }
  /// An arrow; its weight near the start, on white, where there is room for it.
  void wire(double x1, double y1, double x2, double y2, double weight, bool labelled) {
    line(x1, y1, x2, y2);
    const double length = std::hypot(x2 - x1, y2 - y1), ux = (x2 - x1) / length, uy = (y2 - y1) / length;
    line(x2 - 2 * ux - 0.8 * uy, y2 - 2 * uy + 0.8 * ux, x2, y2);
    line(x2 - 2 * ux + 0.8 * uy, y2 - 2 * uy - 0.8 * ux, x2, y2);
    if (!labelled) return;
    add("\\put({:.2f},{:.2f}){{\\makebox(0,0){{\\colorbox{{white}}{{\\scriptsize${}$}}}}}}\n", x1 + 0.27 * (x2 - x1),
        y1 + 0.27 * (y2 - y1), number(weight, 3));
  }
  void forward_wires(size_t l) {
    const Layer& layer = c_.layers[l];
    const int from = layer.W->rows, to = layer.W->cols;
    for (int i = 0; i < from; ++i) {
      for (int j = 0; j < to; ++j) {
        wire(x(l) + kRadius, y(i, from, false), x(l + 1) - kRadius, y(j, to, false), weight(layer, i, j),
             from * to <= kLabelled);
      }
    }
  }
  void reverse_wires(size_t l) {
    const Layer& layer = c_.layers[l];
    const int from = layer.W->rows, to = layer.W->cols;
    const double tip = layer.activation ? 8 : kRadius;
    for (int i = 0; i < from; ++i) {
      for (int j = 0; j < to; ++j) {
        wire(x(l + 1) - tip, y(j, to, true), x(l) + 6, y(i, from, true), weight(layer, i, j), from * to <= kLabelled);
      }
    }
  }
  static double weight(const Layer& l, int i, int j) {
    return l.W->values[static_cast<size_t>(i) * static_cast<size_t>(l.W->cols) + static_cast<size_t>(j)];
  }
  void nodes(size_t column, const ValueNumbers& a, const ValueNumbers* z) {
    for (int j = 0; j < a.features; ++j) {
      const double at = y(j, a.features, false);
      add("\\put({:.2f},{:.2f}){{\\circle{{{:.0f}}}}}\n", x(column), at, 2 * kRadius);
      words(x(column), at, number(a.computed[static_cast<size_t>(j)], 3));
      const bool own = z != nullptr && z != &a;
      words(x(column), at + kRadius + 2.2,
            own ? symbol(z->name, j) + " = " + number(z->computed[static_cast<size_t>(j)], 3) : symbol(a.name, j));
    }
  }
  void amplifiers(size_t l) {
    const Layer& layer = c_.layers[l];
    for (int j = 0; j < layer.z->features; ++j) {
      const double at = y(j, layer.z->features, true), px = x(l + 1);
      const auto u = static_cast<size_t>(j);
      if (layer.activation && u < layer.activation->gains.size()) {
        line(px + 6, at + 6, px + 6, at - 6);
        line(px + 6, at + 6, px - 8, at);
        line(px + 6, at - 6, px - 8, at);
        words(px + 1, at, "\\scriptstyle\\times" + number(layer.activation->gains[u], 3));
      } else {
        add("\\put({:.2f},{:.2f}){{\\circle{{{:.0f}}}}}\n", px, at, 2 * kRadius);
        words(px, at, number(layer.delta->computed[u], 3));
        words(px, at - 8.8, partial("l", symbol(layer.z->name, j)));
        continue;
      }
      words(px, at - 8.8, partial("l", symbol(layer.z->name, j)) + " = " + number(layer.delta->computed[u], 3));
    }
  }

  const Chain& c_;
  int most_ = 0;
  double half_ = 0;
  std::string out_;
};

/// Layers too large to draw: their strongest units.
std::string tables(const Chain& c) {
  std::string out;
  for (auto layer = c.layers.rbegin(); layer != c.layers.rend(); ++layer) {
    if (layer->delta == nullptr || layer->z == nullptr || layer->z->computed.size() != layer->delta->computed.size())
      continue;
    const std::vector<double>& delta = layer->delta->computed;
    std::vector<size_t> order(delta.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t i, size_t j) { return std::abs(delta[i]) > std::abs(delta[j]); });
    const size_t shown = std::min<size_t>(order.size(), kUnitsDrawn);
    double all = 0, rest = 0;
    for (size_t k = 0; k < order.size(); ++k) {
      all += std::abs(delta[order[k]]);
      if (k >= shown) rest += std::abs(delta[order[k]]);
    }
    const bool gains = layer->activation && layer->activation->gains.size() == delta.size();
    const std::string z = symbol(layer->z->name);
    out += fmt::format(
        "\\paragraph{{${}$}}\\mbox{{}}\\\\\n\\begin{{tabular}}{{@{{}}rrrr@{{}}}}\nunit & $z$ & gain & {} \\\\ "
        "\\hline\n",
        z, "$\\partial l/\\partial z$");
    for (size_t k = 0; k < shown; ++k) {
      const size_t u = order[k];
      out += fmt::format("{} & ${}$ & {} & ${}$ \\\\\n", u + 1, number(layer->z->computed[u]),
                         gains ? "$" + number(layer->activation->gains[u]) + "$" : "", number(delta[u]));
    }
    if (order.size() > shown) {
      out += fmt::format("\\multicolumn{{4}}{{@{{}}l}}{{{} more, {} of $\\sum|\\partial l/\\partial z|$}} \\\\\n",
                         count(static_cast<int64_t>(order.size() - shown)), percent(all > 0 ? rest / all : 0));
    }
    out += "\\end{tabular}\n\n";
  }
  return out;
}

}  // namespace

std::string picture(const Explanation& explanation) {
  const Chain chain = chain_of(explanation);
  if (chain.layers.empty()) return {};
  return small(chain) ? Drawing(chain).draw() : tables(chain);
}

}  // namespace retrograd::latex
