#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <vector>

#include "report/random.hpp"

namespace retrograd::report {

std::vector<int64_t> sample_rows(int64_t rows, int64_t count) {
  std::vector<int64_t> drawn(static_cast<size_t>(std::min(rows, count)));
  std::iota(drawn.begin(), drawn.end(), int64_t{0});
  if (count >= rows) return drawn;
  // The first `count` steps of a shuffle of all rows, of which only those that moved are kept.
  Stream random = stream(Draw::sample, 0);
  std::unordered_map<int64_t, int64_t> moved;
  const auto at = [&](int64_t place) {
    const auto found = moved.find(place);
    return found == moved.end() ? place : found->second;
  };
  for (int64_t i = 0; i < count; ++i) {
    const int64_t other = i + static_cast<int64_t>(random.below(static_cast<uint64_t>(rows - i)));
    drawn[static_cast<size_t>(i)] = at(other);
    moved[other] = at(i);
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

std::vector<int64_t> weighing_rows(const Dataset& data) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < data.rows; ++row)
    if (data.weight.empty() || data.weight.at(row, 0) > 0) rows.push_back(row);
  return rows;
}

}  // namespace retrograd::report
