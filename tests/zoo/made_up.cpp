#include "zoo/made_up.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/random.hpp"
#include "math/scalar.hpp"

namespace retrograd::zoo {
namespace {

class Draw {
 public:
  Draw(uint64_t seed, uint64_t what) : stream_(seed * 1000 + what, Purpose::check, 17) {}
  double uniform(double low, double high) { return low + (high - low) * stream_.uniform(); }
  /// Irwin and Hall's: the sum of twelve uniforms has the variance 1.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += stream_.uniform();
    return sum;
  }
  int below(int n) { return static_cast<int>(stream_.below(static_cast<uint64_t>(n))); }
  bool chance(double p) { return stream_.uniform() < p; }

 private:
  Stream stream_;
};

struct Points {
  int features = 0;
  std::vector<double> x, y;
};

void clouds(Points& p, const Shape& s, Draw& d) {
  p.features = 6;
  Draw centres(s.seed + 77, 3);
  std::vector<double> centre(static_cast<size_t>(s.outputs * p.features));
  for (double& c : centre) c = centres.uniform(-1.5, 1.5);
  for (int64_t n = 0; n < s.rows; ++n) {
    const int k = s.rare > 0 ? d.chance(s.rare) : d.below(s.outputs);
    for (int j = 0; j < p.features; ++j)
      p.x.push_back(centre[static_cast<size_t>(k * p.features + j)] + (0.5 + s.noise) * d.normal());
    p.y.push_back(k);
  }
}

void rings(Points& p, const Shape& s, Draw& d) {
  p.features = 4;
  for (int64_t n = 0; n < s.rows; ++n) {
    const int k = s.rare > 0 ? d.chance(s.rare) : d.below(s.outputs);
    const double angle = d.uniform(0, 2 * std::numbers::pi), radius = 0.6 + k + 0.5 * s.noise * d.normal();
    // Rings of which the last is half a moon that leans to one side, and two columns of noise.
    p.x.push_back(radius * std::cos(angle) + (k == s.outputs - 1 ? 0.5 : 0));
    p.x.push_back(radius * std::sin(angle));
    p.x.push_back(d.normal());
    p.x.push_back(k + d.normal());
    p.y.push_back(k);
  }
}

void waves(Points& p, const Shape& s, Draw& d) {
  p.features = 5;
  for (int64_t n = 0; n < s.rows; ++n) {
    std::vector<double> x;
    for (int j = 0; j < p.features; ++j) x.push_back(d.uniform(-2, 2));
    for (int k = 0; k < s.outputs; ++k)
      p.y.push_back(2 * std::sin(1.5 * x[static_cast<size_t>(k)]) + x[1] - 0.5 * x[2] * x[3] + s.noise * d.normal());
    p.x.insert(p.x.end(), x.begin(), x.end());
  }
}

/// Friedman, "Multivariate adaptive regression splines", 1991, on [-1, 1] instead of [0, 1].
void friedman(Points& p, const Shape& s, Draw& d) {
  p.features = 7;
  for (int64_t n = 0; n < s.rows; ++n) {
    std::vector<double> x;
    for (int j = 0; j < p.features; ++j) x.push_back(d.uniform(-1, 1));
    const auto u = [&](size_t j) { return 0.5 * (x[j] + 1); };
    for (int k = 0; k < s.outputs; ++k)
      p.y.push_back(10 * std::sin(std::numbers::pi * u(0) * u(1)) + 20 * (u(2) - 0.5) * (u(2) - 0.5) + 10 * u(3) +
                    5 * u(4) * (k + 1) + 3 * s.noise * d.normal() - 14);
    p.x.insert(p.x.end(), x.begin(), x.end());
  }
}

void labels(Points& p, const Shape& s, Draw& d, bool products) {
  p.features = 5;
  for (int64_t n = 0; n < s.rows; ++n) {
    std::vector<double> x;
    for (int j = 0; j < p.features; ++j) x.push_back(d.uniform(-2, 2));
    for (int k = 0; k < s.outputs; ++k) {
      const double a = x[static_cast<size_t>(k % 5)], b = x[static_cast<size_t>((k + 1) % 5)];
      p.y.push_back((products ? a * b + 0.5 * a : a - 0.5 * b) + s.noise * d.normal() > 0 ? 1 : 0);
    }
    p.x.insert(p.x.end(), x.begin(), x.end());
  }
}

}  // namespace

Loaded made_up(Half half, Task task, const Shape& shape) {
  const bool judge = half == Half::judge;
  Draw d(shape.seed, judge ? 500 : 1);
  Points p;
  if (task == Task::classification)
    judge ? rings(p, shape, d) : clouds(p, shape, d);
  else if (task == Task::regression)
    judge ? friedman(p, shape, d) : waves(p, shape, d);
  else
    labels(p, shape, d, judge);
  const size_t width = p.y.size() / static_cast<size_t>(shape.rows);
  if (shape.shuffled)
    for (size_t n = static_cast<size_t>(shape.rows) - 1; n > 0; --n) {
      const auto other = static_cast<size_t>(d.below(static_cast<int>(n) + 1));
      for (size_t k = 0; k < width; ++k) std::swap(p.y[n * width + k], p.y[other * width + k]);
    }
  std::vector<float> x;
  for (size_t i = 0; i < p.x.size(); ++i)
    x.push_back(
        static_cast<float>(p.x[i] * shape.scale * (i % static_cast<size_t>(p.features) == 0 ? shape.first_scale : 1)));
  DataOptions options;
  options.task = task;
  return from_memory(std::move(x), {p.features}, p.y, options);
}

}  // namespace retrograd::zoo
