// The proofs that every operator must pass (design, section 5). Each answers with what failed, so that the planted
// faults can show that it does fail; the tests expect the answer to be empty.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/cases.hpp"

namespace retrograd::support {

/// What a proof found. `add` keeps the first failures of a long list.
struct Report {
  std::vector<std::string> failures;
  int64_t failed = 0;
  int64_t checks = 0;                        ///< comparisons made: a proof that compares nothing proves nothing
  double forward_ulp = 0, backward_ulp = 0;  ///< the largest errors found (bound)

  void add(std::string failure) {
    if (++failed <= 5) failures.push_back(std::move(failure));
  }
  /// Counts a comparison; `describe()` is asked only where it failed.
  template <class Describe>
  void expect(bool good, Describe&& describe) {
    ++checks;
    if (!good) add(describe());
  }
};

/// 1: the shape rule answers what the reference writes; wrong shapes are refused with a message that tells.
void prove_shape(const ops::Operator& op, const Case& c, Report& report);
/// 2: the formula equals the double reference forward, its derivative the double reference backward, to 1e-12.
void prove_formula(const ops::Operator& op, const Case& c, Report& report);
/// 3: the double reference equals central differences to 1e-7 away from kinks; at kinks the declared gain is taken.
void prove_differences(const ops::Operator& op, const Case& c, Report& report);
/// 4: ⟨v, J u⟩ = ⟨Jᵀ v, u⟩ on all rows, and in double between two linear layers.
void prove_adjoint(const ops::Operator& op, const Case& c, Report& report);
/// 5: kernel = float reference to the bit, for integers and real numbers, every split, padding, and SIMD target; on
/// integers both equal the double reference where the case says that float is exact there.
void prove_exact(const ops::Operator& op, const Case& c, Report& report);
/// 6: the kernel is within the declared bound of the double reference.
void prove_bound(const ops::Operator& op, const Case& c, Report& report);
/// 7: nothing is written outside, nothing allocated, nothing left unwritten, padding stays finite.
void prove_hygiene(const ops::Operator& op, const Case& c, Report& report);

struct Proof {
  std::string_view name;
  void (*prove)(const ops::Operator&, const Case&, Report&);
};
std::span<const Proof> proofs();

/// One proof on every case of an operator. An exception is a failure; so are no cases and no comparisons.
Report prove(const Proof& proof, const ops::Operator& op, const std::vector<Case>& cases);

}  // namespace retrograd::support
