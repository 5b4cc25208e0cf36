// L-BFGS: a quasi-Newton method that knows the curvature of F from its last moves s and the changes y of the gradient.
//
// The secant equation y = B·s asks the next approximation of the Hessian to explain the last change of the gradient;
// BFGS is the update of H = B⁻¹ that stays symmetric, positive and as near as possible to the one before:
//   H₊ = (I − ρ·s·yᵀ)·H·(I − ρ·y·sᵀ) + ρ·s·sᵀ,  ρ = 1/(yᵀs).
// Multiplying −∇F by H for m such updates of γ·I needs the pairs alone and 4·m·n operations (the two loops).
#pragma once

#include <array>

#include "optim/objective.hpp"
#include "optim/optimizer.hpp"

namespace retrograd::optim {

struct Lbfgs {
  static constexpr std::array<std::string_view, 2> kSlots = {"s", "y"};
  static constexpr std::array<AttributeSpec, 2> kAttributes = {{
      {"memory", 10, 1, 100, "pairs of moves and changes of the gradient that are kept", true},
      {"tolerance", 1e-5, 0, 1, "training ends when no element of the gradient is larger"},
  }};
  static constexpr std::array<std::string_view, 4> kFormula = {"d ← −H·∇F, H from the last pairs (s, y)",
                                                               "α ← strong Wolfe step along d",
                                                               "s ← α·d, y ← ∇F(θ + s) − ∇F(θ)", "θ ← θ + s"};
  static constexpr OptimizerInfo info = {
      .name = "lbfgs",
      .doc = "limited-memory quasi-Newton method over all rows, for small data",
      .source = "Nocedal & Wright, \"Numerical Optimization\", 2nd ed. 2006, algorithms 7.4 and 7.5",
      .slots = 2,
      .slot_names = kSlots,
      .attributes = kAttributes,
      .formula = kFormula,
      .usual_eta = 1,
      .decoupled_decay = false,
      .full_batch = true,
      .repeated_slots_by = 0,
  };

  /// A pair of earlier iterations, elements as they are stored; no pair where s·y is not positive.
  struct Pair {
    std::span<double> s, y;
  };

  /// One iteration from `at`. `pairs` are the last ones, newest first; those that are all 0 are empty. `attributes` as
  /// in kAttributes. The first iteration without pairs tries a step whose elements sum to at most 1.
  static Iteration iterate(Objective& objective, Point& at, std::span<const Pair> pairs,
                           std::span<const double> attributes);
};

}  // namespace retrograd::optim
