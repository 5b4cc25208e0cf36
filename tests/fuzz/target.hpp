// What one fuzzing target is: a reader of untrusted bytes, entered as the program enters it. The libFuzzer programs and
// the test of corpora and regressions both run these functions.
#pragma once

#include <fmt/format.h>

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "retrograd/error.hpp"

namespace retrograd::fuzz {

struct Target {
  std::string_view name;
  /// Reads the bytes, and uses what was read as the program would; false if the reader refused them by Error. Whatever
  /// else is thrown is a finding.
  bool (*run)(std::string_view bytes);
  /// Inputs that the reader accepts.
  std::vector<std::string> (*seeds)();
};

/// Every target.
std::span<const Target> targets();

/// Whether `read` ends without a refusal.
template <class F>
bool accepts(F&& read) {
  try {
    read();
    return true;
  } catch (const Error& e) {
    if (std::string_view(e.what()).empty()) throw std::logic_error("a refusal without a reason");
    return false;
  }
}

/// What must hold of everything that was accepted.
template <class... Args>
void expect(bool holds, fmt::format_string<Args...> format, Args&&... args) {
  if (!holds) throw std::logic_error(fmt::format(format, std::forward<Args>(args)...));
}

#define RETROGRAD_FUZZ_TARGET(name)        \
  bool run_##name(std::string_view bytes); \
  std::vector<std::string> seeds_##name();

RETROGRAD_FUZZ_TARGET(csv)
RETROGRAD_FUZZ_TARGET(dataspec)
RETROGRAD_FUZZ_TARGET(cache)
RETROGRAD_FUZZ_TARGET(idx)
RETROGRAD_FUZZ_TARGET(npy)
RETROGRAD_FUZZ_TARGET(npz)
RETROGRAD_FUZZ_TARGET(gz)
RETROGRAD_FUZZ_TARGET(config)
RETROGRAD_FUZZ_TARGET(model)
RETROGRAD_FUZZ_TARGET(network)
RETROGRAD_FUZZ_TARGET(checkpoint)
RETROGRAD_FUZZ_TARGET(safetensors)
RETROGRAD_FUZZ_TARGET(receipt)
RETROGRAD_FUZZ_TARGET(report)

}  // namespace retrograd::fuzz
