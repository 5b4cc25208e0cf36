// A step length along a descent direction that meets the strong Wolfe conditions.
#pragma once

#include "optim/objective.hpp"

namespace retrograd::optim {

struct SearchResult {
  bool found = false;  ///< a lower value; `to` holds it
  double step = 0;     ///< α
  int evaluations = 0;
};

/// Looks for α with F(θ + α·d) ≤ F(θ) + c1·α·φ'(0) and |φ'(α)| ≤ c2·|φ'(0)|, where φ(α) = F(θ + α·d), from α = `first`
/// (Nocedal & Wright, "Numerical Optimization", 2nd ed. 2006, algorithms 3.5 and 3.6, with their cubic interpolation
/// (3.59) kept away from the ends of the bracket). Values within the objective's noise of F(θ) are judged by their
/// slope instead: the approximate Wolfe conditions of Hager & Zhang, SIAM J. Optim. 16 (2005), sec. 1. A value that is
/// not finite counts as too high. After 25 evaluations the lowest point that decreased F enough is taken, if there is
/// one. `d` must be a descent direction.
SearchResult strong_wolfe(Objective& objective, const Point& from, std::span<const double> d, double first, Point& to);

}  // namespace retrograd::optim
