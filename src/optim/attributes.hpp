// Named numbers that configure an optimiser or a schedule: what is allowed, and reading them from text.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace retrograd::optim {

/// A number that configures an optimiser or a schedule, e.g. beta1 of adam.
struct AttributeSpec {
  std::string_view name;
  double initial;   ///< default
  double min, max;  ///< closed range of allowed values
  std::string_view doc;
  bool whole = false;  ///< only whole numbers
};

using NamedValue = std::pair<std::string, double>;

/// The values in the order of `specs`, defaults where `given` is silent. `owner` names the place in messages
/// ("optimiser adam"). Throws Error for an unknown or repeated name, or a value that is not a number, not whole where
/// it must be, or out of range.
std::vector<double> resolve_attributes(std::string_view owner, std::span<const AttributeSpec> specs,
                                       std::span<const NamedValue> given);

/// A choice as users write it: "adam" or "adam:beta1=0.8,epsilon=1e-7".
struct NamedChoice {
  std::string name;
  std::vector<NamedValue> attributes;
};

/// Reads a choice; spaces around names and numbers are allowed. Throws Error (with `owner`, e.g. "--optimizer", the
/// offending piece and the expected form) if the text is not of that form.
NamedChoice parse_choice(std::string_view owner, std::string_view text);

/// The text form of a choice with all its values, numbers in the shortest form that reads back exactly.
std::string print_choice(std::string_view name, std::span<const AttributeSpec> specs, std::span<const double> values);

}  // namespace retrograd::optim
