#include "explain/text/reading.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "explain/smoothed_target.hpp"

namespace retrograd::text {
namespace {

bool elementwise(const ForwardEquation& equation) { return equation.scope == "element" && !equation.gains.empty(); }

const ForwardEquation* loss_equation(const Explanation& e) {
  for (const ForwardEquation& equation : e.forward)
    if (equation.kind == "loss") return &equation;
  return nullptr;
}

/// The equations that the loss depends on and that read `value`.
std::vector<const ForwardEquation*> readers_of(const Explanation& e, std::string_view value) {
  std::vector<const ForwardEquation*> found;
  for (const ForwardEquation& equation : e.forward)
    if (equation.for_loss && std::find(equation.inputs.begin(), equation.inputs.end(), value) != equation.inputs.end())
      found.push_back(&equation);
  return found;
}

/// Whether everything that the text will index is there.
bool complete(const Stage& s) {
  if (s.W == nullptr || s.z == nullptr || s.out == nullptr || s.input == nullptr || s.delta == nullptr) return false;
  const auto outputs = static_cast<size_t>(s.W->cols), inputs = static_cast<size_t>(s.W->rows);
  if (s.W->values.size() != inputs * outputs || s.input->computed.size() != inputs) return false;
  if (s.z->computed.size() != outputs || s.delta->computed.size() != outputs) return false;
  if (s.b != nullptr && s.b->values.size() != outputs) return false;
  if (s.out->computed.size() != outputs || (s.d_out != nullptr && s.d_out->computed.size() != outputs)) return false;
  return std::all_of(s.after.begin(), s.after.end(),
                     [&](const ForwardEquation* a) { return a->gains.size() == outputs; });
}

}  // namespace

std::string pretty(std::string_view name, bool batch) {
  const char* loss = batch ? "L" : "l";
  if (name.starts_with("delta_")) return "δ_" + clean(name.substr(6));
  if (name.starts_with("d_")) return fmt::format("∂{}/∂{}", loss, clean(name.substr(2)));
  return clean(name);
}

std::string unit_of(std::string_view name, int unit, bool batch) {
  return fmt::format("{}[{}]", pretty(name, batch), unit + 1);
}

const ValueNumbers* gradient_of(const Explanation& e, std::string_view value) {
  for (const ValueNumbers& g : e.gradients)
    if (g.about == value) return &g;
  return nullptr;
}

std::string unit_name(const ValueNumbers* value, int unit) {
  if (value == nullptr || unit < 0 || static_cast<size_t>(unit) >= value->units.size()) return {};
  return clean(value->units[static_cast<size_t>(unit)]);
}

std::string function_name(std::string_view op) { return op == "sigmoid" ? "σ" : std::string(op); }

double Stage::gain(int unit) const {
  double product = 1;
  for (const ForwardEquation* a : after) product *= a->gains[static_cast<size_t>(unit)];
  return product;
}

std::vector<Stage> chain_of(const Explanation& e) {
  std::vector<Stage> stages;
  const ForwardEquation* loss = loss_equation(e);
  const ForwardEquation* next = nullptr;
  for (const ForwardEquation& equation : e.forward)
    if (equation.for_loss && equation.kind == "linear") {
      next = &equation;
      break;
    }
  while (next != nullptr) {
    Stage stage;
    stage.linear = next;
    if (next->inputs.empty() || next->parameters.empty()) return {};
    stage.input = e.value(next->inputs[0]);
    stage.W = e.parameter(next->parameters[0]);
    stage.b = next->parameters.size() > 1 ? e.parameter(next->parameters[1]) : nullptr;
    stage.z = e.value(next->output);
    stage.delta = gradient_of(e, next->output);
    std::string out = next->output;
    next = nullptr;
    while (true) {
      const std::vector<const ForwardEquation*> readers = readers_of(e, out);
      if (readers.size() != 1) return {};
      if (readers[0] == loss) break;
      if (readers[0]->kind == "linear") {
        next = readers[0];
        break;
      }
      if (!elementwise(*readers[0])) return {};
      stage.after.push_back(readers[0]);
      out = readers[0]->output;
    }
    stage.out = e.value(out);
    stage.d_out = gradient_of(e, out);
    if (!complete(stage)) return {};
    stages.push_back(std::move(stage));
  }
  const auto linear = std::count_if(e.forward.begin(), e.forward.end(),
                                    [](const ForwardEquation& f) { return f.for_loss && f.kind == "linear"; });
  if (static_cast<size_t>(linear) != stages.size()) stages.clear();
  return stages;
}

std::optional<Picture> picture_of(const Explanation& e) {
  const std::vector<Stage> stages = chain_of(e);
  if (stages.empty()) return std::nullopt;
  Picture picture;
  picture.x = stages.front().input->computed;
  for (const Stage& s : stages) {
    PictureLayer layer;
    layer.name = s.linear->output;
    layer.amplifies = !s.after.empty();
    const bool last = &s == &stages.back();
    const ValueNumbers* shown = s.out;
    layer.output = last && s.after.empty() ? "" : "a";
    if (last && e.long_way && e.long_way->p.size() == s.z->computed.size()) layer.output = "p";
    for (int i = 0; i < s.W->rows; ++i) {
      const auto first = s.W->values.begin() + static_cast<std::ptrdiff_t>(i) * s.W->cols;
      layer.W.emplace_back(first, first + s.W->cols);
    }
    for (int j = 0; j < s.W->cols; ++j) {
      const auto at = static_cast<size_t>(j);
      PictureUnit unit;
      unit.z = s.z->computed[at];
      unit.a = layer.output == "p" ? e.long_way->p[at] : shown->computed[at];
      unit.delta = s.delta->computed[at];
      unit.sum = s.d_out != nullptr ? s.d_out->computed[at] : unit.delta;
      unit.gain = s.gain(j);
      layer.units.push_back(unit);
    }
    picture.layers.push_back(std::move(layer));
  }
  if (e.long_way && stages.back().after.empty())
    picture.seed = fmt::format("p − {}", explaining::smoothed_target(e).name);
  return picture;
}

}  // namespace retrograd::text
