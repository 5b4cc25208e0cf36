#include "train/choose/temperature.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "math/scalar.hpp"

namespace retrograd::training {
namespace {

constexpr double kMost = 20;  // the search goes from 1/20 to 20
constexpr int kGrid = 24;     // intervals in ln T
constexpr double kClose = 1e-4;
constexpr double kGolden = 0.6180339887498949;  // (√5 − 1)/2

/// ln Σ e^v.
double log_sum_exp(std::span<const double> v) {
  const double most = *std::max_element(v.begin(), v.end());
  double sum = 0;
  for (const double x : v) sum += math::exp(x - most);
  return most + math::log(sum);
}

/// One row at a time: its logits over the temperature.
class Row {
 public:
  Row(const Logits& l, double temperature)
      : l_(l),
        inverse_(1 / temperature),
        scaled_(static_cast<size_t>(l.members * l.outputs)),
        sums_(static_cast<size_t>(l.members)),
        each_(static_cast<size_t>(l.members)) {}

  void load(int64_t row) {
    const size_t first = static_cast<size_t>(row) * scaled_.size(), outputs = static_cast<size_t>(l_.outputs);
    for (size_t i = 0; i < scaled_.size(); ++i) scaled_[i] = static_cast<double>(l_.z[first + i]) * inverse_;
    if (l_.labels) return;
    for (size_t m = 0; m < sums_.size(); ++m) sums_[m] = log_sum_exp(std::span(scaled_).subspan(m * outputs, outputs));
  }

  /// ln of the mean over members of softmax(z/T) at class k.
  double log_class(int k) {
    for (int m = 0; m < l_.members; ++m) each_[static_cast<size_t>(m)] = z(m, k) - sums_[static_cast<size_t>(m)];
    return log_mean();
  }

  /// The same of sigmoid(z/T) at label j, or of 1 − sigmoid(z/T).
  double log_label(int j, bool is) {
    for (int m = 0; m < l_.members; ++m) each_[static_cast<size_t>(m)] = -math::softplus(is ? -z(m, j) : z(m, j));
    return log_mean();
  }

 private:
  double z(int m, int j) const { return scaled_[static_cast<size_t>(m * l_.outputs + j)]; }
  double log_mean() const { return log_sum_exp(each_) - math::log(static_cast<double>(l_.members)); }

  const Logits& l_;
  const double inverse_;
  std::vector<double> scaled_, sums_, each_;  // of all members: z/T, ln Σ e^(z/T) of classes, and what is averaged
};

}  // namespace

double log_loss(const Logits& l, double temperature) {
  Row of(l, temperature);
  double total = 0, weights = 0;
  for (int64_t n = 0; n < l.rows(); ++n) {
    of.load(n);
    const double w = l.weight.empty() ? 1.0 : static_cast<double>(l.weight[static_cast<size_t>(n)]);
    if (l.labels) {
      for (int j = 0; j < l.outputs; ++j)
        total -= w * of.log_label(j, l.target[static_cast<size_t>(n * l.outputs + j)] > 0.5f);
      weights += w * l.outputs;
    } else if (const float y = l.target[static_cast<size_t>(n)]; y >= 0 && y < static_cast<float>(l.outputs)) {
      total -= w * of.log_class(static_cast<int>(y));
      weights += w;
    }
  }
  return weights > 0 ? total / weights : 0;
}

double best_temperature(const Logits& l) {
  const auto loss = [&](double u) { return log_loss(l, math::exp(u)); };
  const double most = math::log(kMost), step = 2 * most / kGrid;
  double best = 0, least = loss(0);  // the middle of the grid: as it is
  const double unscaled = least;
  for (int i = 0; i <= kGrid; ++i) {
    const double u = i == kGrid / 2 ? 0 : -most + i * step;
    if (const double at = loss(u); at < least) {
      least = at;
      best = u;
    }
  }
  double low = std::max(-most, best - step), high = std::min(most, best + step);
  double left = high - kGolden * (high - low), right = low + kGolden * (high - low);
  double at_left = loss(left), at_right = loss(right);
  while (high - low > kClose) {
    if (at_left <= at_right) {
      high = right;
      right = left;
      at_right = at_left;
      at_left = loss(left = high - kGolden * (high - low));
    } else {
      low = left;
      left = right;
      at_left = at_right;
      at_right = loss(right = low + kGolden * (high - low));
    }
  }
  const double found = (low + high) / 2, at_found = loss(found);
  if (at_found <= least) return at_found < unscaled ? math::exp(found) : 1;
  return math::exp(best);
}

std::vector<float> probabilities(const Logits& l, double temperature) {
  Row of(l, temperature);
  std::vector<float> p;
  p.reserve(static_cast<size_t>(l.rows() * l.outputs));
  for (int64_t n = 0; n < l.rows(); ++n) {
    of.load(n);
    for (int j = 0; j < l.outputs; ++j)
      p.push_back(static_cast<float>(math::exp(l.labels ? of.log_label(j, true) : of.log_class(j))));
  }
  return p;
}

}  // namespace retrograd::training
