#include <algorithm>
#include <numeric>
#include <vector>

#include "report/random.hpp"

namespace retrograd::report {

std::vector<int64_t> sample_rows(int64_t rows, int64_t count) {
  std::vector<int64_t> all(static_cast<size_t>(rows));
  std::iota(all.begin(), all.end(), int64_t{0});
  if (count >= rows) return all;
  Stream random = stream(Draw::sample, 0);
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) std::swap(all[i], all[i + random.below(all.size() - i)]);
  all.resize(static_cast<size_t>(count));
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace retrograd::report
