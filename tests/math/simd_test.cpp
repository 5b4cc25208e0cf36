#include "math/simd.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "retrograd/error.hpp"

namespace retrograd::test {
namespace {

TEST(Simd, ListsWhatTheMachineHas) {
  const auto targets = simd_targets();
  ASSERT_FALSE(targets.empty());
  EXPECT_EQ(targets[0], "avx2");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  EXPECT_EQ(targets.back(), avx512 ? "avx512" : "avx2");
}

TEST(Simd, ForcedTargetIsUsedAndAutoIsTheWidest) {
  for (const auto& target : simd_targets()) {
    force_simd(target);
    EXPECT_EQ(simd_name(), target);
  }
  const auto before = simd_targets();
  force_simd("avx2");
  EXPECT_EQ(simd_targets(), before);  // what the machine has does not depend on what is forced
  force_simd("auto");
  EXPECT_EQ(simd_name(), before.back());
}

TEST(Simd, UnknownNameIsRefusedAndChangesNothing) {
  force_simd("avx2");
  for (const char* name : {"", "AVX2", "sse4", "avx512 "}) {
    try {
      force_simd(name);
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("avx2"), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("auto"), std::string::npos) << error.what();
    }
    EXPECT_EQ(simd_name(), "avx2");
  }
  force_simd("auto");
}

// The environment is read at program start, so these start the test program again.
TEST(Simd, EnvironmentSetsTheTarget) {
  if (const char* expected = std::getenv("RETROGRAD_TEST_EXPECT_SIMD")) {
    if (std::string(expected) == "error") {
      EXPECT_THROW(simd_name(), Error);
      EXPECT_THROW(force_simd("avx2"), Error);
    } else {
      EXPECT_EQ(simd_name(), expected);
    }
    return;
  }
  const auto child = [](const std::string& value, const std::string& expected) {
    const std::string command = "RETROGRAD_SIMD='" + value + "' RETROGRAD_TEST_EXPECT_SIMD='" + expected + "' /proc/" +
                                std::to_string(getpid()) +
                                "/exe --gtest_filter=Simd.EnvironmentSetsTheTarget >/dev/null 2>&1";
    return std::system(command.c_str());
  };
  for (const auto& target : simd_targets()) EXPECT_EQ(child(target, target), 0) << target;
  EXPECT_EQ(child("auto", simd_targets().back()), 0);
  EXPECT_EQ(child("", simd_targets().back()), 0);
  EXPECT_EQ(child("sse9", "error"), 0);
}

}  // namespace
}  // namespace retrograd::test
