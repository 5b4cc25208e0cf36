#include "optim/lbfgs/line_search.hpp"

#include <cmath>
#include <utility>

namespace retrograd::optim {
namespace {

constexpr double kC1 = 1e-4, kC2 = 0.9;  // N&W, sec. 3.1, for quasi-Newton directions
constexpr int kEvaluations = 25;
constexpr double kLongest = 1e6;
constexpr double kEdge = 0.1;  // share of a bracket that an interpolated step keeps from either end

class Search {
 public:
  Search(Objective& objective, const Point& from, std::span<const double> d, Point& to)
      : objective_(objective), from_(from), d_(d), to_(to), start_{0, from.value, dot(from.gradient, d)} {}

  SearchResult run(double step) {
    Place before = start_;
    while (left() && std::isfinite(step)) {
      const Place here = at(step);
      if (accepted(here)) return done(here);
      if (too_high(here) || (before.step > 0 && here.value >= before.value)) return zoom(before, here);
      keep(here);
      if (here.slope >= 0) return zoom(here, before);
      if (step >= kLongest) break;
      before = here;
      step = std::min(kLongest, 4 * step);
    }
    return best();
  }

 private:
  struct Place {
    double step = 0, value = 0, slope = 0;
  };

  bool left() const { return evaluations_ < kEvaluations; }

  Place at(double step) {
    ++evaluations_;
    for (size_t i = 0; i < d_.size(); ++i) to_.theta[i] = objective_.stored(std::fma(step, d_[i], from_.theta[i]));
    to_.value = objective_.evaluate(to_.theta, to_.gradient);
    const double slope = dot(to_.gradient, d_);
    if (!std::isfinite(to_.value) || !std::isfinite(slope)) return {step, HUGE_VAL, 0};
    return {step, to_.value, slope};
  }

  bool too_high(const Place& p) const { return !(p.value <= start_.value + kC1 * p.step * start_.slope); }

  bool accepted(const Place& p) const {
    if (!too_high(p) && std::fabs(p.slope) <= -kC2 * start_.slope) return true;
    const bool same = std::fabs(p.value - start_.value) <= objective_.noise() * std::fabs(start_.value);
    return same && p.slope >= kC2 * start_.slope && p.slope <= (2 * 0.1 - 1) * start_.slope;
  }

  /// `low` has the lowest value that decreased F enough, and its slope points to `high`.
  SearchResult zoom(Place low, Place high) {
    while (left() && std::fabs(high.step - low.step) > 1e-14 * std::max(low.step, high.step)) {
      const Place here = at(between(low, high));
      if (accepted(here)) return done(here);
      if (too_high(here) || here.value >= low.value) {
        high = here;
        continue;
      }
      keep(here);
      if (here.slope * (high.step - low.step) >= 0) high = low;
      low = here;
    }
    return best();
  }

  /// Where the cubic through both values and slopes is lowest.
  static double between(const Place& a, const Place& b) {
    const double low = std::min(a.step, b.step), width = std::max(a.step, b.step) - low;
    double step = low + width / 2;
    if (std::isfinite(a.value) && std::isfinite(b.value)) {
      const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
      const double square = d1 * d1 - a.slope * b.slope;
      const double d2 = (b.step > a.step ? 1 : -1) * std::sqrt(square);
      const double cubic = b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
      if (square >= 0 && std::isfinite(cubic)) step = cubic;
    }
    return std::min(std::max(step, low + kEdge * width), low + (1 - kEdge) * width);
  }

  void keep(const Place& p) {
    if (too_high(p) || p.value >= start_.value || (kept_ && p.value >= lowest_.value)) return;
    kept_ = true;
    lowest_ = p;
    saved_ = to_;
  }

  SearchResult done(const Place& p) const { return {true, p.step, evaluations_}; }

  SearchResult best() {
    if (!kept_) return {false, 0, evaluations_};
    std::swap(to_, saved_);
    return {true, lowest_.step, evaluations_};
  }

  Objective& objective_;
  const Point& from_;
  const std::span<const double> d_;
  Point& to_;
  const Place start_;
  bool kept_ = false;
  Place lowest_;
  Point saved_;
  int evaluations_ = 0;
};

}  // namespace

SearchResult strong_wolfe(Objective& objective, const Point& from, std::span<const double> d, double first, Point& to) {
  to.theta.resize(from.theta.size());
  to.gradient.resize(from.gradient.size());
  return Search(objective, from, d, to).run(first);
}

}  // namespace retrograd::optim
