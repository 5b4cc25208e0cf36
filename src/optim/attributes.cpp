#include "optim/attributes.hpp"

#include <charconv>
#include <cmath>

#include "base/fail.hpp"

namespace retrograd::optim {
namespace {

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string names_of(std::span<const AttributeSpec> specs) {
  std::string names;
  for (const AttributeSpec& spec : specs) names += (names.empty() ? "" : ", ") + std::string(spec.name);
  return names.empty() ? "none" : names;
}

void check(std::string_view owner, const AttributeSpec& spec, double value) {
  if (!(value >= spec.min && value <= spec.max)) {
    fail("{}: {} = {} is out of range; give a number from {} to {}", owner, spec.name, value, spec.min, spec.max);
  }
  if (spec.whole && value != std::floor(value)) {
    fail("{}: {} = {} is not whole; give a whole number from {} to {}", owner, spec.name, value, spec.min, spec.max);
  }
}

}  // namespace

std::vector<double> resolve_attributes(std::string_view owner, std::span<const AttributeSpec> specs,
                                       std::span<const NamedValue> given) {
  std::vector<double> values;
  for (const AttributeSpec& spec : specs) values.push_back(spec.initial);
  std::vector<bool> seen(specs.size(), false);
  for (const auto& [name, value] : given) {
    size_t k = 0;
    while (k < specs.size() && specs[k].name != name) ++k;
    if (k == specs.size()) fail("{}: there is no attribute '{}'; it has: {}", owner, name, names_of(specs));
    if (seen[k]) fail("{}: attribute '{}' is given twice; give it once", owner, name);
    check(owner, specs[k], value);
    seen[k] = true;
    values[k] = value;
  }
  return values;
}

NamedChoice parse_choice(std::string_view owner, std::string_view text) {
  const auto colon = text.find(':');
  NamedChoice choice{std::string(trim(text.substr(0, colon))), {}};
  if (choice.name.empty()) fail("{}: '{}' names nothing; write NAME or NAME:KEY=NUMBER,KEY=NUMBER", owner, text);
  if (colon == std::string_view::npos) return choice;
  std::string_view rest = text.substr(colon + 1);
  while (true) {
    const auto comma = rest.find(',');
    const std::string_view piece = rest.substr(0, comma);
    const auto equals = piece.find('=');
    const std::string_view key = trim(piece.substr(0, equals));
    const std::string_view number = equals == std::string_view::npos ? "" : trim(piece.substr(equals + 1));
    double value = 0;
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (key.empty() || error != std::errc{} || stop != number.data() + number.size()) {
      fail("{}: '{}' in '{}' is not KEY=NUMBER; write NAME:KEY=NUMBER,KEY=NUMBER", owner, piece, text);
    }
    choice.attributes.emplace_back(std::string(key), value);
    if (comma == std::string_view::npos) return choice;
    rest = rest.substr(comma + 1);
  }
}

std::string print_choice(std::string_view name, std::span<const AttributeSpec> specs, std::span<const double> values) {
  std::string text(name);
  for (size_t k = 0; k < specs.size(); ++k) text += fmt::format("{}{}={}", k ? "," : ":", specs[k].name, values[k]);
  return text;
}

}  // namespace retrograd::optim
