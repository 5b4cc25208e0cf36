// One equation run by its room alone: by the float kernels in the panel layout, or by the plain reference in double.
#pragma once

#include <cstdint>
#include <vector>

#include "base/aligned.hpp"
#include "graph/program.hpp"

namespace retrograd::explaining {

using Matrix = std::vector<double>;  ///< row-major [rows][features]

/// The operands of one equation.
struct Operands {
  std::vector<const Matrix*> x;
  std::vector<Matrix> parameters;  ///< copies: training writes running statistics
  const Matrix* dy = nullptr;      ///< null: forward only
  std::vector<bool> wanted;        ///< inputs whose gradient is asked for
  std::vector<bool> trained;       ///< parameters whose gradient is asked for
};

/// What it makes of them; gradients that are not asked for are empty.
struct Results {
  Matrix y;
  std::vector<Matrix> dx, dparameters;
};

/// Where it runs.
struct Occasion {
  int64_t rows = 0;
  bool training = false;
  ops::RandomKey key;
};

/// Forward, and backward if there is a dy, in double.
Results run_reference(const graph::Equation& equation, const Operands& operands, const Occasion& occasion);
/// The same by the float kernels; every operand is rounded to float (they are floats already).
Results run_kernels(const graph::Equation& equation, const Operands& operands, const Occasion& occasion);

/// The size that each result's error bound refers to, as the operators' proofs count it: for chains of fused
/// multiply-adds the same chain on absolute values; else the result itself, what rounding every input and
/// trained parameter to its nearest float moves, and for batch-wide operators the largest of the column.
Results error_scales(const graph::Equation& equation, const Operands& operands, const Occasion& occasion,
                     const Results& exact);
/// One ulp of each of these sizes, but no less than what proofs leave between formula and reference (1e-12 of numbers
/// of size `floor`) over the bound.
Matrix ulp_units(const Matrix& scale, double bound, double floor, bool single);
/// The declared bound in ulp of that scale; a chain of k fused multiply-adds rounds k times, half a unit each at most.
double forward_bound(const graph::Equation& equation, int64_t rows);
double backward_bound(const graph::Equation& equation, int64_t rows);

}  // namespace retrograd::explaining
