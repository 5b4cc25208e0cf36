#include "train/engine/jacobian.hpp"

#include <algorithm>
#include <cmath>

#include "train/engine/step_rows.hpp"

namespace retrograd::training {

template <class T>
Jacobian<T>::Jacobian(const graph::ForwardProgram& program, const graph::ReverseProgram& reverse)
    : program_(program), executor_(program, &reverse), gradient_(program.trained_size) {
  const int equation = program.values[static_cast<size_t>(program.loss)].equation;
  const graph::Equation& loss = program.equations[static_cast<size_t>(equation)];
  z_ = loss.inputs[0];
  y_ = loss.inputs[1];
  outputs_ = program.values[static_cast<size_t>(z_)].features;
}

template <class T>
void Jacobian<T>::row(std::span<T> parameters, const Rows& rows, int64_t row, std::span<double> J) {
  fill_rows(program_, rows, {&row, 1}, {}, executor_);
  executor_.weights()[0] = T(1);
  executor_.forward(parameters.data(), true);
  const std::vector<T>& z = executor_.value(z_);
  std::vector<T>& y = executor_.value(y_);
  const size_t n = program_.trained_size;
  for (size_t k = 0; k < static_cast<size_t>(outputs_); ++k) {
    std::copy(z.begin(), z.end(), y.begin());
    y[k] = z[k] - std::max(T(1), std::abs(z[k]));  // far enough to be another number
    const T residual = z[k] - y[k];
    executor_.backward(parameters.data(), gradient_.data(), T(1));
    for (size_t i = 0; i < n; ++i) J[k * n + i] = static_cast<double>(gradient_[i]) / static_cast<double>(residual);
  }
}

template class Jacobian<float>;
template class Jacobian<double>;

}  // namespace retrograd::training
