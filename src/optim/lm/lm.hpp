// Levenberg–Marquardt: Gauss-Newton steps for least squares, damped towards gradient descent where they overshoot.
//
// For F = ½·Σ_r w_r·e_r(θ)² + ½·Σ λ_i·θ_i² and the Jacobian J of the residuals e, the Hessian is
// H = JᵀWJ + diag(λ) + Σ_r w_r·e_r·∇²e_r; near a good fit the last term is small, and H is known from first
// derivatives. A step solves (H + μI)·d = −∇F. The gain ρ, what F fell by what its quadratic model promised, ½·dᵀ(μd −
// ∇F), says how far the model is to be trusted: μ ← μ·max(⅓, 1 − (2ρ − 1)³) after a step that lowers F, else μ is
// raised by 2, 4, 8, …
#pragma once

#include <array>

#include "base/thread_team.hpp"
#include "optim/objective.hpp"
#include "optim/optimizer.hpp"

namespace retrograd::optim {

class LeastSquares : public Objective {
 public:
  /// H = JᵀWJ + diag(λ) at θ, the upper triangle of [n, n] row-major.
  virtual void normal_matrix(std::span<const double> theta, std::span<double> H) = 0;
};

struct LevenbergMarquardt {
  static constexpr std::array<std::string_view, 1> kSlots = {"mu"};
  static constexpr std::array<AttributeSpec, 2> kAttributes = {{
      {"tau", 1e-3, 1e-12, 1e3, "μ of the first iteration, in units of the largest diagonal element of H"},
      {"tolerance", 1e-6, 0, 1, "training ends when no element of the gradient is larger"},
  }};
  static constexpr std::array<std::string_view, 3> kFormula = {"H ← JᵀWJ + diag(λ)", "(H + μI)·d = −∇F", "θ ← θ + d"};
  static constexpr OptimizerInfo info = {
      .name = "lm",
      .doc = "Levenberg–Marquardt over all rows, for small regressions with squared error",
      .source = "Marquardt, J. SIAM 11 (1963); damping by Nielsen, IMM-REP-1999-05, Technical University of Denmark",
      .slots = 1,
      .slot_names = kSlots,
      .attributes = kAttributes,
      .formula = kFormula,
      .usual_eta = 1,
      .decoupled_decay = false,
      .full_batch = true,
  };
  /// Numbers of a network that a system of as many equations is solved for.
  static constexpr int64_t kMostParameters = 4096;

  /// One iteration from `at`: a step that lowers F, after as many as needed that did not. `mu`: the damping, 0 before
  /// the first iteration, a stored number after each. `work`: 2·n² numbers.
  static Iteration iterate(LeastSquares& objective, Point& at, double& mu, std::span<double> work,
                           std::span<const double> attributes, ThreadTeam& team);
};

}  // namespace retrograd::optim
