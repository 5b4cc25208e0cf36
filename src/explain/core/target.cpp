// Which parameter a person means: layers by number or name, units by number, class or column name.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/fail.hpp"
#include "explain/core/state.hpp"

namespace retrograd::explaining {
namespace {

constexpr size_t kShown = 12;  ///< names in a message

std::vector<std::string> at_colons(const std::string& text) {
  std::vector<std::string> parts = {""};
  for (const char c : text) {
    if (c == ':')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// A number from 1, or 0 if the text is none.
int64_t number(const std::string& text) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos) return 0;
  return std::stoll(text);
}

std::string some(const std::vector<std::string>& names) {
  if (names.size() <= kShown) return fmt::format("{}", fmt::join(names, ", "));
  const std::vector<std::string> first(names.begin(), names.begin() + kShown);
  return fmt::format("{}, … ({} in all)", fmt::join(first, ", "), names.size());
}

class Finder {
 public:
  Finder(const State& s, std::string flag, std::string text)
      : s_(s), program_(s.program()), flag_(std::move(flag)), text_(std::move(text)) {}

  Place weight() const {
    const std::vector<std::string> parts = at_colons(text_);
    if (parts.size() != 3)
      fail("{} is '{}', expected LAYER:FROM:TO, e.g. 1:1:1 (a name with ':' in it is given by its number)", flag_,
           text_);
    const graph::Equation& eq = layer(parts[0]);
    for (size_t k = 0; k < eq.parameters.size(); ++k) {
      const graph::Parameter& p = parameter(eq, k);
      if (!p.trained || !is_matrix(eq, k)) continue;
      Place place;
      place.parameter = eq.parameters[k];
      place.from = unit(parts[1], p.rows, s_.units(eq.inputs[0]), "input");
      place.to = unit(parts[2], p.cols, s_.units(eq.output), "output");
      return place;
    }
    // LAYER:NAME:UNIT of a vector, e.g. batch_norm1:gamma:3.
    std::vector<std::string> names;
    for (size_t k = 0; k < eq.parameters.size(); ++k) {
      const graph::Parameter& p = parameter(eq, k);
      if (!p.trained) continue;
      names.push_back(eq.shapes.parameters[k].name);
      if (names.back() == parts[1])
        return {eq.parameters[k], -1, unit(parts[2], p.cols, s_.units(eq.output), "output")};
    }
    fail("{} is '{}': layer '{}' ({}) has no matrix of weights; its parameters are: {}; write {}:NAME:UNIT", flag_,
         text_, output(eq), eq.op->info->name, names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")),
         output(eq));
  }

  Place bias() const {
    const std::vector<std::string> parts = at_colons(text_);
    if (parts.size() != 2)
      fail("{} is '{}', expected LAYER:TO, e.g. 1:1 (a name with ':' in it is given by its number)", flag_, text_);
    const graph::Equation& eq = layer(parts[0]);
    // A bias is what is added: b, or beta of a normalisation.
    for (const std::string_view name : {"b", "beta"})
      for (size_t k = 0; k < eq.parameters.size(); ++k)
        if (eq.shapes.parameters[k].name == name)
          return {eq.parameters[k], -1, unit(parts[1], parameter(eq, k).cols, s_.units(eq.output), "output")};
    fail("{} is '{}': layer '{}' ({}) has no bias", flag_, text_, output(eq), eq.op->info->name);
  }

  Found neuron() const {
    const std::vector<std::string> parts = at_colons(text_);
    if (parts.size() != 2)
      fail("{} is '{}', expected LAYER:UNIT, e.g. 1:1 (a name with ':' in it is given by its number)", flag_, text_);
    const graph::Equation& eq = layer(parts[0]);
    if (eq.op->info->kind != ops::Kind::linear)
      fail("{} is '{}': '{}' is {}, expected a linear layer, whose units are neurons", flag_, text_, output(eq),
           eq.op->info->name);
    const int unit = this->unit(parts[1], eq.shapes.output, s_.units(eq.output), "output");
    Place place{eq.parameters[0], 0, unit};
    if (eq.parameters.size() > 1) {
      place = {eq.parameters[1], -1, unit};
    } else {
      const Matrix& g = s_.pass->dparameter(place.parameter).computed;
      const auto cols = static_cast<size_t>(eq.shapes.output);
      for (int i = 0; i < eq.signature.features[0]; ++i)
        if (std::fabs(g[static_cast<size_t>(i) * cols + static_cast<size_t>(unit)]) >
            std::fabs(g[static_cast<size_t>(place.from) * cols + static_cast<size_t>(unit)]))
          place.from = i;
    }
    return {{place}, NeuronFocus{output(eq), unit}};
  }

 private:
  const graph::Parameter& parameter(const graph::Equation& eq, size_t k) const {
    return program_.parameters[static_cast<size_t>(eq.parameters[k])];
  }
  const std::string& output(const graph::Equation& eq) const {
    return program_.values[static_cast<size_t>(eq.output)].name;
  }
  static bool is_matrix(const graph::Equation& eq, size_t k) {
    return eq.shapes.parameters[k].name == "W" || eq.shapes.parameters[k].rows > 1;
  }

  const graph::Equation& layer(const std::string& text) const {
    std::vector<std::string> linear, named;
    for (const graph::Equation& eq : program_.equations) {
      bool trained = false, its_parameter = false;
      for (const int index : eq.parameters) {
        const graph::Parameter& p = program_.parameters[static_cast<size_t>(index)];
        trained |= p.trained;
        its_parameter |= p.trained && p.name == text;  // "W2", as derivations write it
      }
      if (!trained || !eq.for_loss) continue;
      if (output(eq) == text || its_parameter) return eq;
      named.push_back(output(eq));
      if (eq.op->info->kind == ops::Kind::linear) linear.push_back(output(eq));
    }
    const int64_t n = number(text);
    if (n >= 1 && n <= static_cast<int64_t>(linear.size()))
      for (const graph::Equation& eq : program_.equations)
        if (output(eq) == linear[static_cast<size_t>(n - 1)]) return eq;
    fail("{} is '{}': there is no layer '{}'; layers with weights are 1 to {}, or by name: {}", flag_, text_, text,
         linear.size(), some(named));
  }

  int unit(const std::string& text, int count, const std::vector<std::string>& names, std::string_view side) const {
    // "=7" is the name 7; a bare number is a position.
    const bool by_name = text.starts_with("=");
    const std::string wanted = by_name ? text.substr(1) : text;
    const int64_t n = by_name ? 0 : number(text);
    if (n >= 1 && n <= count) return static_cast<int>(n - 1);
    std::vector<int> found;
    for (size_t k = 0; k < names.size(); ++k)
      if (names[k] == wanted) found.push_back(static_cast<int>(k));
    if (found.size() == 1 && n == 0) return found[0];
    if (found.size() > 1)
      fail("{} is '{}': {} {} units are called '{}'; give the number, e.g. {}", flag_, text_, found.size(), side,
           wanted, found[0] + 1);
    fail("{} is '{}': there is no {} unit '{}'; units are numbered 1 to {}{}", flag_, text_, side, text, count,
         names.empty() ? std::string() : fmt::format(", or by name (=NAME if it is a number): {}", some(names)));
  }

  const State& s_;
  const graph::ForwardProgram& program_;
  std::string flag_, text_;
};

}  // namespace

Found find_target(const State& s, const ExplainTarget& target) {
  if (!target.weight.empty() + !target.bias.empty() + !target.neuron.empty() > 1)
    fail("of --weight, --bias and --neuron more than one is given, expected one of them");
  if (!target.weight.empty()) return {{Finder(s, "--weight", target.weight).weight()}, {}};
  if (!target.bias.empty()) return {{Finder(s, "--bias", target.bias).bias()}, {}};
  if (!target.neuron.empty()) return Finder(s, "--neuron", target.neuron).neuron();
  if (target.top < 1 || target.top > 100) fail("--top is {}, expected 1 to 100", target.top);
  struct Candidate {
    double size;
    Place place;
  };
  std::vector<Candidate> all;
  const auto larger = [](const Candidate& a, const Candidate& b) { return a.size > b.size; };
  for (size_t k = 0; k < s.program().parameters.size(); ++k) {
    const graph::Parameter& p = s.program().parameters[k];
    if (!p.trained) continue;
    const graph::Equation& eq = s.program().equations[static_cast<size_t>(p.equation)];
    if (s.pass->gradient_of(eq.output) < 0) continue;
    const auto own = static_cast<size_t>(std::find(eq.parameters.begin(), eq.parameters.end(), static_cast<int>(k)) -
                                         eq.parameters.begin());
    const bool matrix = p.rows > 1 || eq.shapes.parameters[own].name == "W";
    const Matrix& g = s.pass->dparameter(static_cast<int>(k)).computed;
    for (size_t i = 0; i < g.size(); ++i) {
      const double size = std::isfinite(g[i]) ? std::fabs(g[i]) : std::numeric_limits<double>::infinity();
      const auto cols = static_cast<size_t>(p.cols);
      if (all.size() == static_cast<size_t>(target.top) && size <= all.back().size) continue;
      const Candidate c{size,
                        {static_cast<int>(k), matrix ? static_cast<int>(i / cols) : -1, static_cast<int>(i % cols)}};
      all.insert(std::upper_bound(all.begin(), all.end(), c, larger), c);
      if (all.size() > static_cast<size_t>(target.top)) all.pop_back();
    }
  }
  std::vector<Place> places;
  for (const Candidate& c : all) places.push_back(c.place);
  return {places, {}};
}

}  // namespace retrograd::explaining
