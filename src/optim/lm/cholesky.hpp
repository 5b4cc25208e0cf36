// Cholesky's factorisation in double, shared out over a team, with the same bits for any number of threads.
#pragma once

#include <span>

#include "base/thread_team.hpp"

namespace retrograd::optim {

/// Solves A·x = b for a symmetric positive definite A [n, n], whose upper triangle is given row-major (the lower one is
/// not read), by A = UᵀU. A becomes U, b becomes x. Every element of U is one chain of fused multiply-adds over
/// ascending k, a division and a root. False if A is not positive definite as far as its rounding tells; b is then as
/// it was. n³/3 multiply-adds.
bool cholesky_solve(ThreadTeam& team, std::span<double> A, std::span<double> b);

}  // namespace retrograd::optim
