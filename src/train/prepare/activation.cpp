#include "train/prepare/activation.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/fail.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::training {

std::vector<std::string> hidden_activations() {
  std::vector<std::string> names;
  for (const ops::Operator* o : ops::all_operators())
    if (o->info->kind == ops::Kind::activation && o->info->name != "softmax") names.emplace_back(o->info->name);
  return names;
}

void check_hidden_activation(std::string_view name) {
  const std::vector<std::string> names = hidden_activations();
  if (name == "softmax")
    fail(
        "the activation of hidden layers is 'softmax', which gives all units of a layer one sum of 1: a wide layer "
        "then "
        "passes on next to nothing. It belongs behind the outputs, where classification puts it by itself; choose one "
        "of "
        "{}",
        fmt::join(names, ", "));
  if (std::find(names.begin(), names.end(), name) == names.end())
    fail("the activation of hidden layers is '{}', expected one of {}", name, fmt::join(names, ", "));
}

}  // namespace retrograd::training
