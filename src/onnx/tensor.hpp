// A tensor of a graph that is evaluated: any of the element types that the project's graphs hold.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace retrograd::evaluation {

/// A truth value; a type of its own, because std::vector<bool> has no elements.
enum class Truth : uint8_t { no, yes };

/// Row-major values; dims empty: a scalar of one value.
struct Tensor {
  std::vector<int64_t> dims;
  std::variant<std::vector<float>, std::vector<double>, std::vector<int64_t>, std::vector<Truth>,
               std::vector<std::string>>
      values;

  template <class T>
  const std::vector<T>& as() const {
    return std::get<std::vector<T>>(values);
  }
  size_t size() const {
    return std::visit([](const auto& v) { return v.size(); }, values);
  }
};

using Tensors = std::map<std::string, Tensor>;

}  // namespace retrograd::evaluation
