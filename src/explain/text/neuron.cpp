// One neuron with every wire: what enters and what it makes of it, what flows back and who hears it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/text/reading.hpp"
#include "explain/text/sections.hpp"

namespace retrograd::text {
namespace {

class Neuron {
 public:
  Neuron(const Explanation& e, Page& page)
      : e_(e), page_(page), unit_(e.neuron->unit), at_(static_cast<size_t>(unit_)), z_(e.neuron->value) {}

  void run() {
    const ForwardEquation* linear = e_.equation(z_);
    const ValueNumbers *z = e_.value(z_), *delta = gradient_of(e_, z_);
    if (linear == nullptr || z == nullptr || delta == nullptr || linear->parameters.empty()) return;
    if (!whole(*linear)) return page_.words("The weights of this neuron are not in the receipt.", 2);
    const std::string name = unit_name(z, unit_);
    page_.title(
        fmt::format("Neuron {}{}, all its wires", unit_of(z_, unit_, e_.batch), name.empty() ? "" : " (" + name + ")"));
    if (e_.batch)
      page_.words(fmt::format("What enters and flows back is of row {}; gradients of weights are of the whole batch.",
                              e_.rows[static_cast<size_t>(e_.focus)] + 1),
                  2, 2);
    wires_in(*linear, z->computed[at_], delta->computed[at_]);
    follow(z_, 1, true);
  }

 private:
  bool whole(const ForwardEquation& linear) const {
    const ParameterNumbers* W = e_.parameter(linear.parameters[0]);
    return W != nullptr && W->values.size() == static_cast<size_t>(W->rows) * static_cast<size_t>(W->cols);
  }

  std::string label(const ValueNumbers& value, int unit) const {
    const std::string name = unit_name(&value, unit);
    return cut(unit_of(value.name, unit, e_.batch) + (name.empty() ? "" : " " + name), 26);
  }

  void wires_in(const ForwardEquation& linear, double z, double delta) {
    const ValueNumbers& x = *e_.value(linear.inputs[0]);
    const ParameterNumbers& W = *e_.parameter(linear.parameters[0]);
    const ParameterNumbers* b = linear.parameters.size() > 1 ? e_.parameter(linear.parameters[1]) : nullptr;
    struct Wire {
      int from;
      double w, product, gradient;
    };
    std::vector<Wire> wires;
    for (int i = 0; i < W.rows; ++i) {
      const auto k = static_cast<size_t>(i) * static_cast<size_t>(W.cols) + at_;
      const double gradient = k < W.gradient.size() ? W.gradient[k] : 0;
      wires.push_back({i, W.values[k], W.values[k] * x.computed[static_cast<size_t>(i)], gradient});
    }
    std::stable_sort(wires.begin(), wires.end(),
                     [](const Wire& a, const Wire& c) { return std::fabs(a.product) > std::fabs(c.product); });
    const auto silent = std::stable_partition(wires.begin(), wires.end(),
                                              [](const Wire& w) { return w.product != 0 || w.gradient != 0; });
    page_.words(page_.ink(Ink::forward, "In:") + " each wire multiplies what enters; the largest products first.", 2);
    const std::string gradient = e_.batch ? "∂L/∂w" : "∂l/∂w";
    std::vector<std::vector<std::string>> cells = {{"from", "enters", "w", "w·enters", gradient}};
    for (auto w = wires.begin(); w != silent; ++w)
      cells.push_back({label(x, w->from), number(x.computed[static_cast<size_t>(w->from)]), number(w->w),
                       signed_number(w->product), number(w->gradient)});
    if (b != nullptr)
      cells.push_back({clean(b->name), "", number(b->values[at_]), signed_number(b->values[at_]),
                       at_ < b->gradient.size() ? number(b->gradient[at_]) : ""});
    page_.table(cells, "lrrrr", 4);
    if (silent != wires.end())
      page_.words(fmt::format("Wires that bring 0 and have the gradient 0: {} more.",
                              count(static_cast<long long>(wires.end() - silent))),
                  4, 2);
    page_.words(fmt::format("{} = {}", unit_of(z_, unit_, e_.batch), number(z, 7)), 4);
    page_.words(fmt::format("{} = {}", unit_of(gradient_of(e_, z_)->name, unit_, e_.batch), number(delta, 7)), 4);
  }

  /// Everything that reads the value, through operators that work on this unit alone.
  void follow(const std::string& value, double gain, bool alone) {
    const auto reads = [&](const ForwardEquation& f) {
      return f.for_loss && std::find(f.inputs.begin(), f.inputs.end(), value) != f.inputs.end();
    };
    alone = alone && std::count_if(e_.forward.begin(), e_.forward.end(), reads) == 1;
    for (const ForwardEquation& f : e_.forward) {
      if (!reads(f)) continue;
      page_.blank();
      if (f.kind == "linear" && whole(f)) {
        wires_out(f, gain, alone);
      } else if (!f.gains.empty()) {
        page_.words(fmt::format("{}: {} = {} = {}, and back an amplifier of the gain σ'(z) = {}.",
                                page_.ink(Ink::backward, clean(f.op)), unit_of(f.output, unit_, e_.batch),
                                function_name(f.op) + "(" + unit_of(value, unit_, e_.batch) + ")",
                                number(e_.value(f.output)->computed[at_], 7), number(f.gains[at_], 6)),
                    2, 2);
        follow(f.output, gain * f.gains[at_], alone);
      } else {
        const ValueNumbers* back = gradient_of(e_, value);
        page_.words(fmt::format("It is read by {} = {}(…), together with other units; back from there comes {} = {}.",
                                clean(f.output), clean(f.op), unit_of(back->name, unit_, e_.batch),
                                number(back->computed[at_], 7)),
                    2, 2);
      }
    }
  }

  void wires_out(const ForwardEquation& f, double gain, bool alone) {
    const ParameterNumbers& W = *e_.parameter(f.parameters[0]);
    const ValueNumbers& delta = *gradient_of(e_, f.output);
    std::vector<std::pair<double, int>> wires;
    double sum = 0;
    for (int k = 0; k < W.cols; ++k) {
      const double w = W.values[at_ * static_cast<size_t>(W.cols) + static_cast<size_t>(k)];
      wires.emplace_back(w * delta.computed[static_cast<size_t>(k)], k);
      sum += wires.back().first;
    }
    std::stable_sort(wires.begin(), wires.end(),
                     [](const auto& a, const auto& b) { return std::fabs(a.first) > std::fabs(b.first); });
    page_.words(fmt::format("{} what flows back through its wires from {}, the largest products first.",
                            page_.ink(Ink::backward, "Out:"), clean(f.output)),
                2, 2);
    std::vector<std::vector<std::string>> cells = {{"from", "δ", "w", "w·δ"}};
    for (const auto& [product, k] : wires)
      cells.push_back({label(delta, k), number(delta.computed[static_cast<size_t>(k)]),
                       number(W.values[at_ * static_cast<size_t>(W.cols) + static_cast<size_t>(k)]),
                       signed_number(product)});
    page_.table(cells, "lrrr", 4);
    page_.words(fmt::format("Their sum is {}; times the gain {} it is {}, {}{}.", number(sum, 7), number(gain, 6),
                            number(sum * gain, 7), alone ? "" : "a part of ",
                            unit_of(gradient_of(e_, z_)->name, unit_, e_.batch)),
                4, 2);
  }

  const Explanation& e_;
  Page& page_;
  const int unit_;
  const size_t at_;
  const std::string& z_;
};

}  // namespace

void write_neuron(const Explanation& e, Page& page) {
  if (e.neuron) Neuron(e, page).run();
}

}  // namespace retrograd::text
