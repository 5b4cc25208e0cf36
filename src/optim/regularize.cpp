#include "optim/regularize.hpp"

#include <cmath>
#include <vector>

#include "base/fail.hpp"

namespace retrograd::optim {

double combine(std::span<double> sums) {
  size_t count = sums.size();
  if (count == 0) return 0;
  while (count > 1) {
    for (size_t k = 0; 2 * k < count; ++k) sums[k] = 2 * k + 1 < count ? sums[2 * k] + sums[2 * k + 1] : sums[2 * k];
    count = (count + 1) / 2;
  }
  return sums[0];
}

double norm(const float* x, int64_t count) {
  std::vector<double> sums(static_cast<size_t>(chunks_of(count)));
  chunk_square_sums(x, count, sums.data(), 0, chunks_of(count));
  return std::sqrt(combine(sums));
}

double penalty(const float* theta, int64_t count, double l1, double l2) {
  std::vector<double> sums(static_cast<size_t>(chunks_of(count)));
  chunk_absolute_sums(theta, count, sums.data(), 0, chunks_of(count));
  const double absolute = combine(sums);
  chunk_square_sums(theta, count, sums.data(), 0, chunks_of(count));
  return l1 * absolute + 0.5 * l2 * combine(sums);
}

double clip_factor(double norm, double limit) {
  if (!(limit > 0)) fail("gradient clipping: the limit is {}; give a number above 0", limit);
  if (!std::isfinite(norm)) {
    fail(
        "gradient clipping: the norm of the gradient is {}: training diverges; lower the learning rate or scale the "
        "inputs",
        norm);
  }
  return norm > limit ? limit / norm : 1.0;
}

}  // namespace retrograd::optim
