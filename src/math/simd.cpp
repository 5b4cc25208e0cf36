#include "math/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/simd.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace retrograd {
namespace HWY_NAMESPACE {
int64_t compiled_target() { return HWY_TARGET; }
}  // namespace HWY_NAMESPACE
}  // namespace retrograd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cstdlib>

#include "base/fail.hpp"

namespace retrograd {
namespace {

HWY_EXPORT(compiled_target);

struct Named {
  const char* name;
  int64_t target;
};
constexpr Named kNamed[] = {{"avx2", HWY_AVX2}, {"avx512", HWY_AVX3}};

/// What the machine has, whatever was forced.
int64_t machine() {
  static const int64_t targets = [] {
    hwy::SetSupportedTargetsForTest(0);
    return hwy::SupportedTargets() & HWY_TARGETS;
  }();
  return targets;
}

std::string available() {
  std::string list;
  for (const auto& name : simd_targets()) list += (list.empty() ? "" : ", ") + name;
  return list;
}

/// The refused value of RETROGRAD_SIMD, or empty.
std::string& refused_environment() {
  static std::string value;
  return value;
}

void check_environment() {
  if (!refused_environment().empty())
    fail("environment variable RETROGRAD_SIMD: unknown or unsupported target \"{}\"; available here: {}, or auto",
         refused_environment(), available());
}

bool set_target(std::string_view name) {
  const int64_t supported = machine();
  int64_t target = 0;
  if (name != "auto") {
    for (const auto& named : kNamed)
      if (name == named.name) target = named.target & supported;
    if (target == 0) return false;
  }
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return true;
}

}  // namespace

std::vector<std::string> simd_targets() {
  std::vector<std::string> names;
  for (const auto& named : kNamed)
    if (machine() & named.target) names.emplace_back(named.name);
  return names;
}

void force_simd(std::string_view name) {
  check_environment();
  if (!set_target(name))
    fail("SIMD target: unknown or unsupported \"{}\"; available here: {}, or auto", name, available());
}

std::string simd_name() {
  check_environment();
  const int64_t target = HWY_DYNAMIC_DISPATCH(compiled_target)();
  for (const auto& named : kNamed)
    if (target == named.target) return named.name;
  fail("SIMD target: the machine has none of those compiled (avx2, avx512)");
}

bool detail::simd_from_environment() {
  static const bool accepted = [] {
    const char* value = std::getenv("RETROGRAD_SIMD");
    if (value == nullptr || *value == '\0' || set_target(value)) return true;
    refused_environment() = value;
    return false;
  }();
  return accepted;
}

}  // namespace retrograd
#endif
