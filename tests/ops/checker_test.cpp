// The checker is checked: every planted fault is caught, by the proofs that should catch it; the right operator that
// some faults are copies of passes them all.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <ostream>

#include "support/faulty/faulty.hpp"
#include "support/proof.hpp"
#include "support/within.hpp"

namespace retrograd::support {

/// GoogleTest prints parameters; a fault is its name.
void PrintTo(const Fault& fault, std::ostream* os) { *os << fault.name; }

namespace {

TEST(Checker, NanPassesNoComparison) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(within(1e-13, 1e-12));
  EXPECT_FALSE(within(2e-12, 1e-12));
  EXPECT_FALSE(within(nan, 1e-12));
  EXPECT_FALSE(within(0, nan));
  EXPECT_FALSE(within(error_of(nan, 1), 1e300));
  EXPECT_FALSE(within(error_of(1, std::numeric_limits<double>::infinity()), 1e300));
  EXPECT_FALSE(same_bits(0.0f, -0.0f));
}

TEST(Checker, RightNormalisationPasses) {
  for (const Proof& proof : proofs()) {
    const Report report = prove(proof, root_mean(), root_mean_cases());
    for (const std::string& failure : report.failures) ADD_FAILURE() << proof.name << ": " << failure;
  }
}

class Planted : public testing::TestWithParam<Fault> {};

TEST_P(Planted, FaultIsCaught) {
  const Fault& fault = GetParam();
  ASSERT_FALSE(fault.caught_by.empty());
  ASSERT_EQ(fault.cases.empty(), fault.name == "no cases");
  for (const std::string& name : fault.caught_by) {
    const auto proof = std::find_if(proofs().begin(), proofs().end(), [&](const Proof& p) { return p.name == name; });
    ASSERT_NE(proof, proofs().end()) << name;
    EXPECT_GT(prove(*proof, fault.op, fault.cases).failed, 0) << fault.name << " passes the proof " << name;
  }
}

std::string test_name(const testing::TestParamInfo<Fault>& param) {
  std::string name;
  for (char c : param.param.name) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Gradient, Planted, testing::ValuesIn(gradient_faults()), test_name);
INSTANTIATE_TEST_SUITE_P(Kernel, Planted, testing::ValuesIn(kernel_faults()), test_name);
INSTANTIATE_TEST_SUITE_P(Contract, Planted, testing::ValuesIn(contract_faults()), test_name);

}  // namespace

}  // namespace retrograd::support
