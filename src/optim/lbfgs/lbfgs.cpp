#include "optim/lbfgs/lbfgs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "optim/lbfgs/line_search.hpp"

namespace retrograd::optim {
namespace {

/// Pairs whose curvature is lost in rounding would make H huge.
constexpr double kLeastCurvature = 1e-10;

size_t filled(std::span<const Lbfgs::Pair> pairs) {
  size_t count = 0;
  while (count < pairs.size() && dot(pairs[count].s, pairs[count].y) > 0) ++count;
  return count;
}

/// −H·g by the two loops.
std::vector<double> direction(const std::vector<double>& g, std::span<const Lbfgs::Pair> pairs) {
  std::vector<double> q(g.size()), alpha(pairs.size()), rho(pairs.size());
  for (size_t i = 0; i < g.size(); ++i) q[i] = -g[i];
  for (size_t k = 0; k < pairs.size(); ++k) {
    rho[k] = 1 / dot(pairs[k].y, pairs[k].s);
    alpha[k] = rho[k] * dot(pairs[k].s, q);
    add_multiple(-alpha[k], pairs[k].y, q);
  }
  if (!pairs.empty()) {
    const double gamma = dot(pairs[0].s, pairs[0].y) / dot(pairs[0].y, pairs[0].y);
    for (double& v : q) v *= gamma;
  }
  for (size_t k = pairs.size(); k-- > 0;) {
    const double beta = rho[k] * dot(pairs[k].y, q);
    add_multiple(alpha[k] - beta, pairs[k].s, q);
  }
  return q;
}

void forget(std::span<const Lbfgs::Pair> pairs) {
  for (const Lbfgs::Pair& pair : pairs) {
    std::fill(pair.s.begin(), pair.s.end(), 0.0);
    std::fill(pair.y.begin(), pair.y.end(), 0.0);
  }
}

void remember(const Objective& objective, const Point& from, const Point& to, std::span<const Lbfgs::Pair> pairs) {
  std::vector<double> s(from.theta.size()), y(from.theta.size());
  for (size_t i = 0; i < s.size(); ++i) {
    s[i] = objective.stored(to.theta[i] - from.theta[i]);
    y[i] = objective.stored(to.gradient[i] - from.gradient[i]);
  }
  const double curvature = dot(s, y);
  if (!(curvature > kLeastCurvature * std::sqrt(dot(s, s)) * std::sqrt(dot(y, y)))) return;
  for (size_t k = pairs.size(); k-- > 1;) {
    std::copy(pairs[k - 1].s.begin(), pairs[k - 1].s.end(), pairs[k].s.begin());
    std::copy(pairs[k - 1].y.begin(), pairs[k - 1].y.end(), pairs[k].y.begin());
  }
  std::copy(s.begin(), s.end(), pairs[0].s.begin());
  std::copy(y.begin(), y.end(), pairs[0].y.begin());
}

}  // namespace

Iteration Lbfgs::iterate(Objective& objective, Point& at, std::span<const Pair> pairs,
                         std::span<const double> attributes) {
  Iteration result;
  const double tolerance = attributes[1], gradient = largest(at.gradient);
  if (gradient <= tolerance) {
    result.ended =
        fmt::format("the largest element of the gradient is {:.2g}, within the tolerance {:g}", gradient, tolerance);
    return result;
  }
  Point to;
  for (size_t known = filled(pairs);; known = 0) {
    std::vector<double> d = direction(at.gradient, pairs.first(known));
    const double slope = dot(at.gradient, d);
    if (known > 0 && !(slope < 0)) {  // rounding has made H indefinite
      forget(pairs);
      continue;
    }
    double sum = 0;
    for (const double g : at.gradient) sum += std::fabs(g);
    const SearchResult found = strong_wolfe(objective, at, d, known > 0 ? 1 : std::min(1.0, 1 / sum), to);
    result.evaluations += found.evaluations;
    if (!found.found && known > 0) {
      forget(pairs);
      continue;
    }
    if (!found.found) {
      result.ended = "no step along the gradient lowers the loss: the precision of the numbers is reached";
      return result;
    }
    result.step = found.step;
    break;
  }
  remember(objective, at, to, pairs);
  std::swap(at, to);
  return result;
}

}  // namespace retrograd::optim
