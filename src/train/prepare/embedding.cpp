#include "train/prepare/embedding.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/fail.hpp"
#include "ops/periodic/periodic.hpp"
#include "optim/attributes.hpp"

namespace retrograd::training {
namespace {

// From no wave within the range of a scaled number to dozens of them.
constexpr optim::AttributeSpec kSigma = {"sigma", ops::Periodic::kAttributes[2].initial, 1e-3, 10,
                                         "standard deviation of the first frequencies"};
static_assert(ops::Periodic::kAttributes[2].name == kSigma.name);

}  // namespace

std::vector<std::string> embedding_names() { return {"none", "periodic", "plr"}; }

double usual_sigma() { return kSigma.initial; }

Embedding parse_embedding(std::string_view text) {
  const auto [name, given] = optim::parse_choice("embedding", text);
  const std::vector<std::string> names = embedding_names();
  if (std::find(names.begin(), names.end(), name) == names.end())
    fail("embedding is '{}', expected one of: {}", name, fmt::join(names, ", "));
  if (name == "none" && !given.empty()) fail("embedding none has no waves, and so no '{}'", given.front().first);
  if (name == "none") return {name};
  const double sigma = optim::resolve_attributes("embedding " + name, std::span(&kSigma, 1), given).front();
  return name == "plr" ? Embedding{name, 48, 24, sigma} : Embedding{name, 16, 3, sigma};
}

}  // namespace retrograd::training
