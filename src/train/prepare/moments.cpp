#include "train/prepare/moments.hpp"

#include <cfloat>
#include <cmath>
#include <numeric>

namespace retrograd::training {
namespace {

template <class Numbers>
Moments moments_of(const Numbers& values, size_t cols) {
  Moments m;
  m.mean.assign(cols, 0);
  m.sd.assign(cols, 0);
  std::vector<double> count(cols);
  for (size_t at = 0; at < values.size(); at += cols)
    for (size_t c = 0; c < cols; ++c) {
      const auto v = static_cast<double>(values[at + c]);
      const bool present = !std::isnan(v);
      m.missing |= !present;
      m.mean[c] += present ? v : 0;
      count[c] += present;
    }
  for (size_t c = 0; c < cols; ++c) m.mean[c] = count[c] > 0 ? m.mean[c] / count[c] : 0;
  for (size_t at = 0; at < values.size(); at += cols)
    for (size_t c = 0; c < cols; ++c) {
      const double d = static_cast<double>(values[at + c]) - m.mean[c];
      m.sd[c] += std::isnan(d) ? 0 : d * d;
    }
  for (size_t c = 0; c < cols; ++c) m.sd[c] = count[c] > 0 ? std::sqrt(m.sd[c] / count[c]) : 0;
  return m;
}

}  // namespace

Moments moments(const Block& block) {
  return std::visit([&](const auto& values) { return moments_of(values, static_cast<size_t>(block.cols)); },
                    block.values);
}

Moments pooled(const Moments& m) {
  const double n = static_cast<double>(m.mean.size());
  const double mean = std::accumulate(m.mean.begin(), m.mean.end(), 0.0) / n;
  double variance = 0;
  for (size_t c = 0; c < m.mean.size(); ++c)
    variance += (m.sd[c] * m.sd[c] + (m.mean[c] - mean) * (m.mean[c] - mean)) / n;
  Moments all = m;
  all.mean.assign(m.mean.size(), mean);
  all.sd.assign(m.mean.size(), std::sqrt(variance));
  return all;
}

double reciprocal(double v) { return v > 0 && 1 / v <= FLT_MAX ? 1 / v : 0; }

std::vector<double> inverse(const std::vector<double>& sd) {
  std::vector<double> scale;
  for (double s : sd) scale.push_back(reciprocal(s));
  return scale;
}

std::vector<double> extremes(const Block& block, bool largest) {
  std::vector<double> found;
  for (int c = 0; c < block.cols; ++c) {
    auto value = static_cast<double>(block.at(0, c));
    for (int64_t n = 1; n < block.rows(); ++n) {
      const auto v = static_cast<double>(block.at(n, c));
      if (largest ? v > value : v < value) value = v;
    }
    found.push_back(value);
  }
  return found;
}

}  // namespace retrograd::training
