#include "train/quartiles.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace retrograd::training {
namespace {

/// Adds the column whose value at place k of the sorted order is at(k), k < count.
template <class At>
void add_column(int64_t count, const At& at, RobustScale& to) {
  const auto quantile = [&](double q) {
    const double place = q * static_cast<double>(count - 1);
    const auto below = static_cast<int64_t>(place);
    const double low = at(below), high = at(std::min(count - 1, below + 1));
    return low + (high - low) * (place - static_cast<double>(below));
  };
  if (count == 0) {
    to.centre.push_back(0);
    to.scale.push_back(0);
    return;
  }
  const double spread = quantile(0.75) - quantile(0.25), range = at(count - 1) - at(0);
  to.centre.push_back(quantile(0.5));
  to.scale.push_back(spread > 0 ? 1 / spread : range > 0 ? 2 / range : 0);
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

}  // namespace

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

Bins bins(const Block& numbers, int count) {
  Bins result;
  for (int c = 0; c < numbers.cols; ++c) {
    const std::vector<double> column = sorted_column(numbers, c);
    std::vector<double> distinct = column;
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    std::vector<double> edges;
    if (distinct.size() > 2) {
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
      const double low = edges[k - 1], scale = 1 / (edges[k] - low);
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
