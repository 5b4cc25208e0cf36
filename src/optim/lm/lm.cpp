#include "optim/lm/lm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "optim/lm/cholesky.hpp"

namespace retrograd::optim {
namespace {

constexpr int kTries = 40;
constexpr double kLeast = 1e-30, kMost = 1e30;  // of μ: it can be stored as a float

double after_success(double mu, double gain) {
  const double t = 2 * gain - 1;
  return mu * std::max(1.0 / 3, 1 - t * t * t);
}

}  // namespace

Iteration LevenbergMarquardt::iterate(LeastSquares& objective, Point& at, double& mu, std::span<double> work,
                                      std::span<const double> attributes, ThreadTeam& team) {
  Iteration result;
  const size_t n = at.theta.size();
  const double tolerance = attributes[1], gradient = largest(at.gradient);
  if (gradient <= tolerance) {
    result.ended =
        fmt::format("the largest element of the gradient is {:.2g}, within the tolerance {:g}", gradient, tolerance);
    return result;
  }
  const auto H = work.first(n * n), damped = work.subspan(n * n, n * n);
  objective.normal_matrix(at.theta, H);
  if (mu == 0) {
    for (size_t i = 0; i < n; ++i) mu = std::max(mu, H[i * n + i]);
    mu = std::max(kLeast, attributes[0] * mu);
  }
  Point to{std::vector<double>(n), std::vector<double>(n), 0};
  std::vector<double> d(n);
  double raise = 2;
  for (int k = 0; k < kTries && mu <= kMost; ++k) {
    std::copy(H.begin(), H.end(), damped.begin());
    for (size_t i = 0; i < n; ++i) {
      damped[i * n + i] += mu;
      d[i] = -at.gradient[i];
    }
    if (cholesky_solve(team, damped, d)) {
      for (size_t i = 0; i < n; ++i) to.theta[i] = objective.stored(at.theta[i] + d[i]);
      to.value = objective.evaluate(to.theta, to.gradient);
      ++result.evaluations;
      const double promised = 0.5 * (mu * dot(d, d) - dot(d, at.gradient));
      const double fell = at.value - to.value;
      if (fell > 0 && promised > 0 && std::isfinite(largest(to.gradient))) {
        mu = objective.stored(std::clamp(after_success(mu, fell / promised), kLeast, kMost));
        result.step = 1;
        std::swap(at, to);
        return result;
      }
    }
    mu *= raise;
    raise *= 2;
  }
  mu = objective.stored(std::clamp(mu, kLeast, kMost));
  result.ended = "no damped step lowers the loss: the precision of the numbers is reached";
  return result;
}

}  // namespace retrograd::optim
