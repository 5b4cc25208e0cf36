#include "optim/lm/cholesky.hpp"

#include <algorithm>
#include <cmath>

#include "optim/objective.hpp"

namespace retrograd::optim {
namespace {

constexpr int64_t kBlock = 32;   // rows that are finished together
constexpr int64_t kTile = 16;    // columns in registers
constexpr int64_t kAlone = 256;  // below, barriers cost more than other threads take over

/// Rows [begin, end) of U, whose products with earlier rows are subtracted already.
bool finish_rows(double* A, int64_t n, int64_t begin, int64_t end) {
  for (int64_t k = begin; k < end; ++k) {
    double* const row = A + k * n;
    if (!(row[k] > 0) || !std::isfinite(row[k])) return false;
    row[k] = std::sqrt(row[k]);
    const double pivot = row[k];
    for (int64_t j = k + 1; j < n; ++j) row[j] /= pivot;
    for (int64_t i = k + 1; i < end; ++i) {
      const double factor = -row[i];
      double* const other = A + i * n;
      for (int64_t j = i; j < n; ++j) other[j] = std::fma(factor, row[j], other[j]);
    }
  }
  return true;
}

/// Subtracts the products of rows [begin, end) from row i >= end.
void subtract(double* A, int64_t n, int64_t begin, int64_t end, int64_t i) {
  double* const row = A + i * n;
  for (int64_t j = i; j < n; j += kTile) {
    const int64_t width = std::min(kTile, n - j);
    double sums[kTile] = {};
    std::copy_n(row + j, width, sums);
    for (int64_t k = begin; k < end; ++k) {
      const double factor = -A[k * n + i];
      const double* const from = A + k * n + j;
      if (width == kTile)
        for (int64_t l = 0; l < kTile; ++l) sums[l] = std::fma(factor, from[l], sums[l]);
      else
        for (int64_t l = 0; l < width; ++l) sums[l] = std::fma(factor, from[l], sums[l]);
    }
    std::copy_n(sums, width, row + j);
  }
}

}  // namespace

bool cholesky_solve(ThreadTeam& team, std::span<double> A, std::span<double> b) {
  const int64_t n = std::ssize(b);
  bool positive = true;  // written by rank 0 before a barrier, read after it
  const auto work = [&](int rank, int size) {
    for (int64_t begin = 0; begin < n && positive; begin += kBlock) {
      const int64_t end = std::min(n, begin + kBlock);
      if (size > 1) team.barrier();  // all have read `positive`, and the rows are complete
      if (rank == 0) positive = finish_rows(A.data(), n, begin, end);
      if (size > 1) team.barrier();
      if (!positive) return;
      for (int64_t i = end + rank; i < n; i += size) subtract(A.data(), n, begin, end, i);
    }
  };
  if (n <= kAlone)
    work(0, 1);
  else
    team.run([&](int rank) { work(rank, team.size()); });
  if (!positive) return false;
  for (int64_t k = 0; k < n; ++k) {  // Uᵀ·z = b
    const double* const row = A.data() + k * n;
    b[k] /= row[k];
    for (int64_t j = k + 1; j < n; ++j) b[j] = std::fma(-b[k], row[j], b[j]);
  }
  for (int64_t k = n; k-- > 0;) {  // U·x = z
    const auto after = static_cast<size_t>(k + 1), count = static_cast<size_t>(n - k - 1);
    b[k] = (b[k] - dot(A.subspan(static_cast<size_t>(k * n) + after, count), b.subspan(after))) / A[k * n + k];
  }
  return true;
}

}  // namespace retrograd::optim
