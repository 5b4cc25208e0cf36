#include "optim/optimizer.hpp"

#include <string>

#include "base/fail.hpp"
#include "optim/all.hpp"

namespace retrograd::optim {

std::span<const Optimizer> all_optimizers() { return kOptimizers; }
std::span<const Optimizer> elementwise_optimizers() { return all_optimizers().first(kElementwise); }

std::vector<std::string> slot_names(const OptimizerChoice& choice) {
  const OptimizerInfo& info = choice.optimizer->info;
  if (info.repeated_slots_by < 0) return {info.slot_names.begin(), info.slot_names.end()};
  const auto count = static_cast<int>(choice.attributes.at(static_cast<size_t>(info.repeated_slots_by)));
  std::vector<std::string> names;
  for (int k = 1; k <= count; ++k)
    for (const std::string_view name : info.slot_names) names.push_back(fmt::format("{}{}", name, k));
  return names;
}

const Optimizer& optimizer(std::string_view name) {
  std::string names;
  for (const Optimizer& candidate : kOptimizers) {
    if (candidate.info.name == name) return candidate;
    names += (names.empty() ? "" : ", ") + std::string(candidate.info.name);
  }
  fail("there is no optimiser '{}'; choose one of: {}", name, names);
}

OptimizerChoice choose_optimizer(std::string_view name, std::span<const NamedValue> given) {
  const Optimizer& found = optimizer(name);
  return {&found, resolve_attributes(fmt::format("optimiser {}", name), found.info.attributes, given)};
}

OptimizerChoice parse_optimizer(std::string_view text) {
  const NamedChoice choice = parse_choice("optimiser", text);
  return choose_optimizer(choice.name, choice.attributes);
}

std::string to_string(const OptimizerChoice& choice) {
  const OptimizerInfo& info = choice.optimizer->info;
  return print_choice(info.name, info.attributes, choice.attributes);
}

}  // namespace retrograd::optim
