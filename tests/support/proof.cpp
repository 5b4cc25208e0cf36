#include "support/proof.hpp"

#include <fmt/format.h>

#include <exception>

namespace retrograd::support {

std::span<const Proof> proofs() {
  static constexpr Proof kProofs[] = {
      {"shape", prove_shape},     {"formula", prove_formula}, {"differences", prove_differences},
      {"adjoint", prove_adjoint}, {"exact", prove_exact},     {"bound", prove_bound},
      {"hygiene", prove_hygiene}};
  return kProofs;
}

Report prove(const Proof& proof, const ops::Operator& op, const std::vector<Case>& cases) {
  Report report;
  if (cases.empty()) report.add(fmt::format("operator {} has no cases; register some in its test file", op.info->name));
  for (const Case& c : cases) {
    try {
      proof.prove(op, c, report);
    } catch (const std::exception& e) {
      report.add(fmt::format("{}, case {}: {}", op.info->name, c.name, e.what()));
    }
  }
  if (report.checks == 0) report.add(fmt::format("operator {}: the proof compared nothing", op.info->name));
  return report;
}

}  // namespace retrograd::support
