#include "train/prepare/quartiles.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <functional>
#include <numbers>

#include "math/scalar.hpp"
#include "train/prepare/moments.hpp"

namespace retrograd::training {
namespace {

/// The quantile q of the column whose value at place k of the sorted order is at(k), k < count.
template <class At>
double quantile(int64_t count, const At& at, double q) {
  const double place = q * static_cast<double>(count - 1);
  const auto below = static_cast<int64_t>(place);
  const double low = at(below), high = at(std::min(count - 1, below + 1));
  return low + (high - low) * (place - static_cast<double>(below));
}

/// From the lower to the upper quartile.
template <class At>
double quartile_distance(int64_t count, const At& at) {
  return quantile(count, at, 0.75) - quantile(count, at, 0.25);
}

/// Adds such a column.
template <class At>
void add_column(int64_t count, const At& at, RobustScale& to) {
  if (count == 0) {
    to.centre.push_back(0);
    to.scale.push_back(0);
    return;
  }
  const double spread = quartile_distance(count, at), range = at(count - 1) - at(0);
  to.centre.push_back(quantile(count, at, 0.5));
  to.scale.push_back(reciprocal(spread > 0 ? spread : range / 2));
}

constexpr int64_t kMostRows = 1 << 20;  ///< more change no quantile that matters

/// The values present of a column, sorted; of long ones evenly spaced rows.
std::vector<double> sorted_column(const Block& numbers, int c) {
  std::vector<double> column;
  const int64_t every = (numbers.rows() + kMostRows - 1) / kMostRows;
  for (int64_t n = 0; n < numbers.rows(); n += every) {
    const auto v = static_cast<double>(numbers.at(n, c));
    if (!std::isnan(v)) column.push_back(v);
  }
  std::sort(column.begin(), column.end());
  return column;
}

/// z with Φ(z) = p, by bisection: without libm, so that all machines have the same knots.
double normal_quantile(double p) {
  double low = -9, high = 9;
  for (int step = 0; step < 64; ++step) {
    const double z = 0.5 * (low + high);
    const double below =
        z < 0 ? 0.5 * (1 - math::erf(-z / std::numbers::sqrt2)) : 0.5 * (1 + math::erf(z / std::numbers::sqrt2));
    (below < p ? low : high) = z;
  }
  return 0.5 * (low + high);
}

/// The distinct quantiles of a sorted column.
std::vector<double> quantile_knots(const std::vector<double>& column) {
  constexpr int64_t kMost = 256, kLeast = 10, kRowsEach = 30;
  const auto rows = std::ssize(column);
  const int64_t count = std::clamp(rows / kRowsEach, kLeast, kMost);
  std::vector<double> knots;
  for (int64_t k = 0; k < count && rows > 0; ++k)
    knots.push_back(column[static_cast<size_t>((rows - 1) * k / (count - 1))]);
  knots.erase(std::unique(knots.begin(), knots.end()), knots.end());
  return knots;
}

}  // namespace

QuantileMap normal_quantiles(const Block& numbers) {
  std::vector<std::vector<double>> at, to;
  size_t most = 1;
  for (int c = 0; c < numbers.cols; ++c) {
    const std::vector<double> column = sorted_column(numbers, c);
    at.push_back(quantile_knots(column));
    to.emplace_back();
    for (const double v : at.back()) {
      const auto [first, last] = std::equal_range(column.begin(), column.end(), v);
      const auto below = static_cast<double>((first - column.begin()) + (last - column.begin()));
      to.back().push_back(at.back().size() == 1 ? 0
                                                : normal_quantile(0.5 * below / static_cast<double>(column.size())));
    }
    if (at.back().empty()) at.back() = to.back() = {0};
    most = std::max(most, at.back().size());
  }
  QuantileMap map;
  map.knots = static_cast<int>(most);
  const auto float_of = [](double v) { return static_cast<double>(static_cast<float>(v)); };
  for (size_t k = 0; k < most; ++k) {
    for (size_t c = 0; c < at.size(); ++c) {
      const size_t knot = std::min(k, at[c].size() - 1);
      map.at.push_back(float_of(at[c][knot]));
      map.to.push_back(float_of(to[c][knot]));
      const bool rises = knot + 1 < at[c].size();
      const double run = rises ? float_of(at[c][knot + 1]) - map.at.back() : 0;
      const double slope = run > 0 ? (float_of(to[c][knot + 1]) - map.to.back()) / run * (1 - 0x1p-21) : 0;
      map.slope.push_back(std::min<double>(slope, FLT_MAX));
    }
  }
  return map;
}

RobustScale robust_scale(const Block& numbers) {
  RobustScale result;
  for (int c = 0; c < numbers.cols; ++c) {
    const std::vector<double> column = sorted_column(numbers, c);
    add_column(
        std::ssize(column), [&](int64_t k) { return column[static_cast<size_t>(k)]; }, result);
  }
  return result;
}

RobustScale robust_scale_of_one_hot(const Block& codes, const std::vector<int>& sizes) {
  RobustScale result;
  const auto rows = codes.rows();
  for (int c = 0; c < codes.cols; ++c) {
    std::vector<int64_t> count(static_cast<size_t>(sizes[static_cast<size_t>(c)]));
    if (count.empty()) continue;
    for (int64_t n = 0; n < rows; ++n) {
      const float code = codes.at(n, c);
      if (code >= 0 && code < static_cast<float>(count.size())) ++count[static_cast<size_t>(code)];
    }
    for (const int64_t ones : count)
      add_column(
          rows, [&](int64_t k) { return k < rows - ones ? 0.0 : 1.0; }, result);
  }
  return result;
}

Bins bins(const Block& numbers, int count, bool only_tied) {
  Bins result;
  for (int c = 0; c < numbers.cols; ++c) {
    const std::vector<double> column = sorted_column(numbers, c);
    std::vector<double> distinct = column;
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    std::vector<double> edges;
    const auto at = [&](int64_t k) { return column[static_cast<size_t>(k)]; };
    if (distinct.size() > 2 && (!only_tied || quartile_distance(std::ssize(column), at) == 0)) {
      for (const auto& values : {std::cref(column), std::cref(distinct)})
        for (int k = 0; k <= count; ++k)
          edges.push_back(
              values.get()[(values.get().size() - 1) * static_cast<size_t>(k) / static_cast<size_t>(count)]);
      std::sort(edges.begin(), edges.end());
      edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    }
    result.sizes.push_back(edges.empty() ? 0 : static_cast<int>(edges.size()) - 1);
    for (size_t k = 1; k < edges.size(); ++k) {
      result.low.push_back(edges[k - 1]);
      const double low = edges[k - 1], scale = reciprocal(edges[k] - low);
      result.scale.push_back(scale);
      add_column(
          std::ssize(column),
          [&](int64_t n) { return std::clamp((column[static_cast<size_t>(n)] - low) * scale, 0.0, 1.0); },
          result.filled);
    }
  }
  return result;
}

}  // namespace retrograd::training
