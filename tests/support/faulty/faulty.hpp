// Operators that are wrong on purpose, each in one way: the proofs must catch every one. Written from descriptions of
// faults that real libraries had.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/cases.hpp"

namespace retrograd::support {

struct Fault {
  std::string_view name;
  ops::Operator op;                    ///< a right operator with one function changed
  std::vector<Case> cases;             ///< those of the right operator
  std::vector<std::string> caught_by;  ///< proofs that must each fail; the others may
};

std::vector<Fault> gradient_faults();  ///< wrong mathematics, the same in reference and kernel
std::vector<Fault> kernel_faults();    ///< wrong loops, buffers and rounding, in the kernel alone
std::vector<Fault> contract_faults();  ///< shape rule, formula, declared gain

/// root_mean: y = x/r with r = sqrt((Σ_i x_i² + 1)/I), a small right room whose gradient has a quotient in it.
/// A copy of it with one function changed is a normalisation fault.
const ops::Operator& root_mean();
std::vector<Case> root_mean_cases();

}  // namespace retrograd::support
