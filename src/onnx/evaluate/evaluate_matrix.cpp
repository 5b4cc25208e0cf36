// Operators over rows: products, softmax, normalisation, reductions.
#include <algorithm>
#include <cmath>

#include "onnx/evaluate/evaluate_node.hpp"

namespace retrograd::evaluation {
namespace {

/// A matrix [rows, cols], or its transpose.
template <class T>
std::vector<T> matrix(const Node& n, int k, bool transposed, int64_t& rows, int64_t& cols) {
  const std::vector<int64_t>& dims = n.in(k).dims;
  if (dims.size() != 2) n.refuse("input {} has rank {}, expected a matrix", k, dims.size());
  rows = dims[transposed ? 1 : 0];
  cols = dims[transposed ? 0 : 1];
  if (!transposed) return n.values<T>(k);
  std::vector<T> out(static_cast<size_t>(rows * cols));
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j)
      out[static_cast<size_t>(i * cols + j)] = n.values<T>(k)[static_cast<size_t>(j * rows + i)];
  return out;
}

template <class T>
Tensor product(Node& n, bool gemm) {
  int64_t rows = 0, inner = 0, below = 0, cols = 0;
  const std::vector<T> x = matrix<T>(n, 0, gemm && n.integer("transA", 0) != 0, rows, inner);
  const std::vector<T> w = matrix<T>(n, 1, gemm && n.integer("transB", 0) != 0, below, cols);
  if (inner != below) n.refuse("[{}, {}] times [{}, {}]", rows, inner, below, cols);
  std::vector<T> y(static_cast<size_t>(rows * cols));
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t k = 0; k < inner; ++k) {
      const T factor = x[static_cast<size_t>(i * inner + k)];
      const T* from = w.data() + k * cols;
      T* to = y.data() + i * cols;
      for (int64_t j = 0; j < cols; ++j) to[j] += factor * from[j];
    }
  if (gemm) {
    const T alpha = static_cast<T>(n.real("alpha", 1)), beta = static_cast<T>(n.real("beta", 1));
    const T* c = n.has(2) ? n.values<T>(2).data() : nullptr;
    const int64_t size = n.has(2) ? static_cast<int64_t>(n.in(2).size()) : 0;
    if (c != nullptr && size != 1 && n.in(2).dims.back() != cols) n.refuse("input 2 has {} values", size);
    for (int64_t i = 0; i < rows * cols; ++i) {
      y[static_cast<size_t>(i)] *= alpha;
      if (c != nullptr) y[static_cast<size_t>(i)] += beta * c[size == 1 ? 0 : i % size];
    }
  }
  return {{rows, cols}, std::move(y)};
}

/// f(row, features) on a copy of input 0, whose `axis` must be the last.
template <class T, class F>
Tensor rows_of(const Node& n, int64_t axis, F f) {
  Tensor y = n.in(0);
  if (axis_of(n, axis, y.dims.size()) + 1 != y.dims.size()) n.refuse("axis {} is not the last", axis);
  auto& values = std::get<std::vector<T>>(y.values);
  const auto width = static_cast<size_t>(y.dims.back());
  for (size_t at = 0; width > 0 && at < values.size(); at += width) f(values.data() + at, width);
  return y;
}

Tensor softmax(Node& n) {
  const int64_t axis = n.integer("axis", -1);
  return for_real(n, 0, [&](auto zero) {
    using T = decltype(zero);
    return rows_of<T>(n, axis, [](T* row, size_t size) {
      const T largest = *std::max_element(row, row + size);
      T sum = 0;
      for (size_t j = 0; j < size; ++j) sum += row[j] = std::exp(row[j] - largest);
      for (size_t j = 0; j < size; ++j) row[j] /= sum;
    });
  });
}

Tensor layer_normalization(Node& n) {
  const double epsilon = n.real("epsilon", 1e-5);
  const int64_t axis = n.integer("axis", -1);
  return for_real(n, 0, [&](auto zero) {
    using T = decltype(zero);
    const std::vector<T>& scale = n.values<T>(1);
    const T* shift = n.has(2) ? n.values<T>(2).data() : nullptr;
    if (scale.size() != static_cast<size_t>(n.in(0).dims.back())) n.refuse("{} scales", scale.size());
    return rows_of<T>(n, axis, [&](T* row, size_t size) {
      T mean = 0, variance = 0;
      for (size_t j = 0; j < size; ++j) mean += row[j] / static_cast<T>(size);
      for (size_t j = 0; j < size; ++j) variance += (row[j] - mean) * (row[j] - mean) / static_cast<T>(size);
      const T deviation = std::sqrt(variance + static_cast<T>(epsilon));
      for (size_t j = 0; j < size; ++j)
        row[j] = (row[j] - mean) / deviation * scale[j] + (shift != nullptr ? shift[j] : T{0});
    });
  });
}

Tensor argmax(Node& n) {
  if (n.in(0).dims.size() != 2 || axis_of(n, n.integer("axis", 0), 2) != 1 || n.integer("keepdims", 1) != 0)
    n.refuse("expected axis 1 of a matrix, not kept");
  return for_real(n, 0, [&](auto zero) {
    using T = decltype(zero);
    std::vector<int64_t> best;
    rows_of<T>(n, 1, [&](T* row, size_t size) { best.push_back(std::max_element(row, row + size) - row); });
    return Tensor{{n.in(0).dims[0]}, std::move(best)};
  });
}

Tensor reduce(Node& n, bool mean) {
  std::vector<int64_t> axes = {-1};
  if (const auto* a = n.find("axes")) axes.assign(a->ints().begin(), a->ints().end());
  if (n.has(1)) axes = n.values<int64_t>(1);
  const bool keep = n.integer("keepdims", 1) != 0;
  if (axes.size() != 1) n.refuse("{} axes, expected one", axes.size());
  const size_t axis = axis_of(n, axes[0], n.in(0).dims.size());
  const Around a(n.in(0).dims, axis);
  return for_real(n, 0, [&](auto zero) {
    using T = decltype(zero);
    const std::vector<T>& x = n.values<T>(0);
    std::vector<T> sums(a.outer * a.inner);
    for (size_t o = 0; o < a.outer; ++o)
      for (size_t k = 0; k < a.size; ++k)
        for (size_t i = 0; i < a.inner; ++i) sums[o * a.inner + i] += x[(o * a.size + k) * a.inner + i];
    if (mean)
      for (T& sum : sums) sum /= static_cast<T>(a.size);
    Tensor y{n.in(0).dims, std::move(sums)};
    y.dims[axis] = 1;
    if (!keep) y.dims.erase(y.dims.begin() + static_cast<std::ptrdiff_t>(axis));
    return y;
  });
}

template <bool kGemm>
Tensor multiply(Node& n) {
  return for_real(n, 0, [&](auto zero) { return product<decltype(zero)>(n, kGemm); });
}

}  // namespace

Function find_matrix(std::string_view domain, std::string_view op) {
  if (!domain.empty()) return nullptr;
  if (op == "Gemm") return multiply<true>;
  if (op == "MatMul") return multiply<false>;
  if (op == "Softmax") return softmax;
  if (op == "LayerNormalization") return layer_normalization;
  if (op == "ArgMax") return argmax;
  if (op == "ReduceMean") return [](Node& n) { return reduce(n, true); };
  if (op == "ReduceSum") return [](Node& n) { return reduce(n, false); };
  return nullptr;
}

}  // namespace retrograd::evaluation
