#include "train/quartiles.hpp"

#include <algorithm>
#include <cmath>

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

}  // namespace

RobustScale robust_scale(const Block& numbers) {
  RobustScale result;
  const auto rows = numbers.rows();
  std::vector<double> column;
  for (int c = 0; c < numbers.cols; ++c) {
    column.clear();
    for (int64_t n = 0; n < rows; ++n) {
      const auto v = static_cast<double>(numbers.at(n, c));
      if (!std::isnan(v)) column.push_back(v);
    }
    std::sort(column.begin(), column.end());
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

}  // namespace retrograd::training
