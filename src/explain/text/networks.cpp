// The two networks in text: drawn whole where they are small; else a strip of |δ| a layer and its strongest amplifiers.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "explain/text/reading.hpp"
#include "explain/text/sections.hpp"

namespace retrograd::text {
namespace {

constexpr int kStrip = 60;         // cells of a strip
constexpr size_t kAmplifiers = 3;  // of a layer, with their wires
constexpr size_t kWires = 3;       // of an amplifier

/// |values| as a row of bars, several neighbours a cell (their largest) where there are many.
std::string strip(const std::vector<double>& values) {
  static constexpr std::string_view kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  const size_t cells = std::min<size_t>(values.size(), kStrip);
  std::string out;
  for (size_t c = 0; c < cells; ++c) {
    const size_t begin = c * values.size() / cells, end = (c + 1) * values.size() / cells;
    double top = 0;
    bool finite = true;
    for (size_t k = begin; k < end; ++k) {
      top = std::max(top, std::abs(values[k]));
      finite = finite && std::isfinite(values[k]);
    }
    if (!finite)
      out += "!";
    else
      out += top == 0 || largest == 0 ? " " : kBars[static_cast<size_t>(std::min(7.0, top / largest * 7.999))];
  }
  return out;
}

/// Indices of the largest |values|, largest first.
std::vector<size_t> strongest(const std::vector<double>& values, size_t count) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto larger = [&](size_t a, size_t b) {
    const double x = std::abs(values[a]), y = std::abs(values[b]);
    return x > y || (x == y && a < b);
  };
  count = std::min(count, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), larger);
  order.resize(count);
  return order;
}

/// δ ◀── ◁ ×gain ◀── Σ ◀─┬─ wires, right to left as the signal runs.
void write_amplifier(const Explanation& e, const Stage& stage, const Stage& above, size_t unit, Page& page) {
  const auto outputs = static_cast<size_t>(above.W->cols);
  std::vector<double> products(outputs);
  double magnitude = 0, sum = 0;
  for (size_t k = 0; k < outputs; ++k) {
    products[k] = above.W->values[unit * outputs + k] * above.delta->computed[k];
    magnitude += std::abs(products[k]);
    sum += products[k];
  }
  const std::vector<size_t> wires = strongest(products, kWires);
  const auto name = [&](const ValueNumbers* of, size_t at) {
    return cut(unit_of(of->name, static_cast<int>(at), e.batch), 11);
  };
  std::string head = fmt::format("{} {} {}", left(name(stage.delta, unit), 11),
                                 left(number(stage.delta->computed[unit], 3), 9), page.ink(Ink::backward, "◀ "));
  if (!stage.after.empty())
    head += page.ink(Ink::backward, left("◁×" + number(stage.gain(static_cast<int>(unit)), 3), 9) + "◀ ");
  head += left("Σ " + number(sum, 3), 11);
  const std::string rest_indent(static_cast<size_t>(width_of(head)), ' ');
  const size_t rest = outputs - wires.size();
  double listed = 0;
  for (size_t w = 0; w < wires.size(); ++w) {
    const size_t k = wires[w];
    listed += std::abs(products[k]);
    const bool only = wires.size() == 1 && rest == 0, last = w + 1 == wires.size() && rest == 0;
    const char* joint = only ? "◀── " : w == 0 ? "◀┬─ " : last ? " └─ " : " ├─ ";
    page.line("  " + (w == 0 ? head : rest_indent) + page.ink(Ink::backward, joint) +
              fmt::format("×{} {} {}", left(number(above.W->values[unit * outputs + k], 3), 7), name(above.delta, k),
                          number(above.delta->computed[k], 2)));
  }
  if (rest > 0)
    page.line("  " + rest_indent + page.ink(Ink::backward, " └─ ") +
              fmt::format("{} more, {:.2g} % of Σ|·|", count(static_cast<long long>(rest)),
                          magnitude > 0 ? 100 * (magnitude - listed) / magnitude : 0.0));
}

void write_layers(const Explanation& e, Page& page) {
  const std::vector<Stage> stages = chain_of(e);
  page.words("|δ| of every unit, layer by layer, in the order in which the backward pass runs:", 2);
  // Gradients that belong to a linear layer's z; for a plain chain with their amplifiers.
  for (const BackwardEquation& equation : e.backward) {
    const ForwardEquation* forward = e.equation(equation.forward);
    if (forward == nullptr || forward->kind != "linear") continue;
    const ValueNumbers* delta = e.gradient(equation.dy);
    if (delta == nullptr || delta->computed.empty()) continue;
    const double norm =
        std::sqrt(std::inner_product(delta->computed.begin(), delta->computed.end(), delta->computed.begin(), 0.0));
    page.blank();
    page.words(
        fmt::format("{}, {} units, ‖δ‖ = {}", pretty(delta->name, e.batch), count(delta->features), number(norm)), 2);
    page.line("  " + page.ink(Ink::backward, strip(delta->computed)));
    for (size_t s = 0; s + 1 < stages.size(); ++s) {
      if (stages[s].delta != delta) continue;
      const std::vector<size_t> units = strongest(delta->computed, kAmplifiers);
      for (const size_t unit : units)
        if (delta->computed[unit] != 0) write_amplifier(e, stages[s], stages[s + 1], unit, page);
      double all = 0, listed = 0;
      for (const double v : delta->computed) all += v * v;
      for (const size_t unit : units) listed += delta->computed[unit] * delta->computed[unit];
      if (units.size() < delta->computed.size())
        page.words(fmt::format("{} more units, {:.2g} % of ‖δ‖²",
                               count(static_cast<long long>(delta->computed.size() - units.size())),
                               all > 0 ? 100 * (all - listed) / all : 0.0),
                   2);
    }
  }
}

}  // namespace

void write_networks(const Explanation& e, Page& page) {
  const std::optional<Picture> picture = picture_of(e);
  if (picture && drawable(*picture, page.columns())) {
    page.title("The network, forward");
    draw_forward(*picture, page);
    page.title("The reverse network");
    page.words(
        "Read right to left: the same wires, and every neuron an amplifier ◁ that multiplies by the constant "
        "σ'(z) which the forward pass fixed.",
        2);
    page.blank();
    draw_reverse(*picture, page);
    return;
  }
  page.title("The reverse network");
  page.words(
      "Signals run from right to left: each amplifier ◁ multiplies what its wires bring by σ'(z), a constant "
      "that the forward pass fixed.",
      2);
  write_layers(e, page);
}

void write_gain_budget(const Explanation& e, Page& page) {
  if (e.gain_layers.empty()) return;
  page.title("The gain budget");
  page.words("What the wires (W) and the amplifiers (σ') did to the size of δ, from the output down:", 2);
  std::vector<std::vector<std::string>> cells = {
      {"layer", "from", "‖δ‖", "ratio", "wires", "amplifiers", "|z| > 3", "gain 0"}};
  double product = 1;
  for (const GainLayer& g : e.gain_layers) {
    const bool top = g.above == "l";
    if (!top) product *= g.ratio;
    cells.push_back({cut(clean(g.layer), 12), top ? "loss" : cut(clean(g.above), 12), number(g.norm),
                     top ? "" : "×" + number(g.ratio, 3), top ? "" : "×" + number(g.wires, 3),
                     top && g.gains == 1 ? "" : "×" + number(g.gains, 3), fmt::format("{:.0f} %", 100 * g.saturated),
                     fmt::format("{:.0f} %", 100 * g.dead)});
  }
  page.table(cells, "llrrrrrr");
  if (e.gain_layers.size() > 2)
    page.words(fmt::format("From the output to the first layer: ×{}.", number(product, 3)), 2);
}

}  // namespace retrograd::text
