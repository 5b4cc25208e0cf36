// Names of the inputs of operators that take many: x0, x1, …
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace retrograd::ops {

inline constexpr int kManyInputs = 64;  ///< beyond it, combine combinations

namespace detail {
inline constexpr auto kManyInputText = [] {
  std::array<char, 3 * kManyInputs> text{};
  for (size_t k = 0; k < kManyInputs; ++k) {
    text[3 * k] = 'x';
    text[3 * k + 1] = static_cast<char>('0' + (k < 10 ? k : k / 10));
    text[3 * k + 2] = static_cast<char>('0' + k % 10);
  }
  return text;
}();
}  // namespace detail

inline constexpr auto kManyInputNames = [] {
  std::array<std::string_view, kManyInputs> names;
  for (size_t k = 0; k < kManyInputs; ++k)
    names[k] = {detail::kManyInputText.data() + 3 * k, k < 10 ? size_t{2} : size_t{3}};
  return names;
}();

}  // namespace retrograd::ops
