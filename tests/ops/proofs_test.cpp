// Every proof on every operator of the list. A new room is proved as soon as it is listed; without cases it fails.
#include <gtest/gtest.h>

#include <iostream>
#include <tuple>

#include "support/proof.hpp"

namespace retrograd::support {
namespace {

using Param = std::tuple<const ops::Operator*, const Proof*>;

class Proofs : public testing::TestWithParam<Param> {};

TEST_P(Proofs, Hold) {
  const auto& [op, proof] = GetParam();
  const Report report = prove(*proof, *op, cases_of(*op));
  for (const std::string& failure : report.failures) ADD_FAILURE() << failure;
  EXPECT_EQ(report.failed, 0) << "failed of " << report.checks << " comparisons";
  if (proof->prove == prove_bound) {
    RecordProperty("forward_ulp", std::to_string(report.forward_ulp));
    RecordProperty("backward_ulp", std::to_string(report.backward_ulp));
    std::cout << op->info->name << ": largest error forward " << report.forward_ulp << " ulp (declared "
              << op->info->forward_ulp << "), backward " << report.backward_ulp << " ulp (declared "
              << op->info->backward_ulp << ")\n";
  }
}

std::vector<Param> every_proof() {
  std::vector<Param> params;
  for (const ops::Operator* op : ops::all_operators()) {
    for (const Proof& proof : proofs()) params.emplace_back(op, &proof);
  }
  return params;
}

INSTANTIATE_TEST_SUITE_P(Operators, Proofs, testing::ValuesIn(every_proof()),
                         [](const testing::TestParamInfo<Param>& param) {
                           return std::string(std::get<0>(param.param)->info->name) + "_" +
                                  std::string(std::get<1>(param.param)->name);
                         });

}  // namespace
}  // namespace retrograd::support
