#include "train/engine/total_loss.hpp"

#include <algorithm>
#include <cmath>

namespace retrograd::training {
namespace {

constexpr int64_t kJacobianRows = 64;  // rows of data whose J is kept at once
constexpr size_t kTile = 16;           // columns of H in registers

/// H[i, j] += Σ_r J[r, i]·J[r, j] for the columns [begin, end) of row i, over ascending r.
void add_products(std::span<const double> J, size_t count, size_t n, size_t i, size_t begin, size_t end, double* row) {
  double sums[kTile] = {};
  std::copy_n(row + begin, end - begin, sums);
  if (end - begin == kTile) {
    for (size_t r = 0; r < count; ++r) {
      const double factor = J[r * n + i];
      const double* const from = J.data() + r * n + begin;
      for (size_t l = 0; l < kTile; ++l) sums[l] = std::fma(factor, from[l], sums[l]);
    }
  } else {
    for (size_t r = 0; r < count; ++r)
      for (size_t l = 0; l < end - begin; ++l) sums[l] = std::fma(J[r * n + i], J[r * n + begin + l], sums[l]);
  }
  std::copy_n(sums, end - begin, row + begin);
}

}  // namespace

template <class T>
TotalLoss<T>::TotalLoss(const EngineSetup& setup, Engine& engine)
    : setup_(setup),
      program_(*setup.program),
      options_(*setup.options),
      engine_(engine),
      segments_(segments_of(program_)),
      all_(program_.total_size) {
  if (setup.optimizer.optimizer->info.name != optim::LevenbergMarquardt::info.name) return;
  team_.emplace(options_.threads);
  for (int rank = 0; rank < options_.threads; ++rank) jacobians_.emplace_back(program_, *setup.reverse);
  copies_.resize(jacobians_.size());
  J_.resize(static_cast<size_t>(kJacobianRows * jacobians_[0].outputs()) * program_.trained_size);
}

template <class T>
void TotalLoss<T>::set(std::span<const int64_t> rows, double decay) {
  rows_ = rows;
  decay_ = decay;
}

template <class T>
void TotalLoss<T>::put(std::span<const double> theta) {
  std::copy(theta.begin(), theta.end(), all_.begin());
  engine_.set_parameters(all_);
}

template <class T>
double TotalLoss<T>::penalty(std::span<const double> theta) const {
  double sum = 0;
  for (const Segment& s : segments_) {
    const auto part = theta.subspan(static_cast<size_t>(s.begin), static_cast<size_t>(s.end - s.begin));
    if (const double l = lambda(s); l > 0) sum += 0.5 * l * optim::dot(part, part);
  }
  return sum;
}

template <class T>
double TotalLoss<T>::evaluate(std::span<const double> theta, std::span<double> gradient) {
  put(theta);
  std::fill(gradient.begin(), gradient.end(), 0.0);
  double loss = 0;
  weight_ = 0;
  for (size_t begin = 0; begin < rows_.size(); begin += kIterationRows) {
    const auto block = rows_.subspan(begin, std::min(static_cast<size_t>(kIterationRows), rows_.size() - begin));
    const StepResult part = engine_.gradient(block, gradient);
    loss += part.loss;
    weight_ += part.weight;
  }
  for (double& g : gradient) g *= scale();
  for (const Segment& s : segments_)
    if (const double l = lambda(s); l > 0)
      for (auto i = static_cast<size_t>(s.begin); i < static_cast<size_t>(s.end); ++i)
        gradient[i] = std::fma(l, theta[i], gradient[i]);
  return scale() * loss + penalty(theta);
}

template <class T>
void TotalLoss<T>::normal_matrix(std::span<const double> theta, std::span<double> H) {
  const size_t n = theta.size();
  const auto outputs = static_cast<size_t>(jacobians_[0].outputs());
  put(theta);
  for (std::vector<T>& copy : copies_) copy.assign(all_.begin(), all_.end());
  std::fill(H.begin(), H.end(), 0.0);
  const size_t tiles = (n + kTile - 1) / kTile;
  team_->run([&](int rank) {
    for (size_t begin = 0; begin < rows_.size(); begin += kJacobianRows) {
      const size_t count = std::min(static_cast<size_t>(kJacobianRows), rows_.size() - begin);
      const Range mine = share(static_cast<int64_t>(count), rank, team_->size());
      for (auto r = static_cast<size_t>(mine.begin); r < static_cast<size_t>(mine.end); ++r) {
        const auto J = std::span(J_).subspan(r * outputs * n, outputs * n);
        const int64_t row = rows_[begin + r];
        jacobians_[static_cast<size_t>(rank)].row(copies_[static_cast<size_t>(rank)], *setup_.rows, row, J);
        const double root = std::sqrt(static_cast<double>(setup_.rows->weight(row)) * scale());
        for (double& v : J) v *= root;
      }
      team_->barrier();
      // Tiles of columns by turns: those to the right have more rows above the diagonal.
      for (auto tile = static_cast<size_t>(rank); tile < tiles; tile += static_cast<size_t>(team_->size())) {
        const size_t first = tile * kTile, last = std::min(n, first + kTile);
        for (size_t i = 0; i < last; ++i) add_products(J_, count * outputs, n, i, first, last, H.data() + i * n);
      }
      team_->barrier();
    }
  });
  for (const Segment& s : segments_)
    for (auto i = static_cast<size_t>(s.begin); i < static_cast<size_t>(s.end); ++i) H[i * n + i] += lambda(s);
}

template class TotalLoss<float>;
template class TotalLoss<double>;

}  // namespace retrograd::training
