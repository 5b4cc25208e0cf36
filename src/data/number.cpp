#include "data/number.hpp"

#include <fast_float/fast_float.h>

namespace retrograd {

std::optional<double> parse_number(std::string_view text, char decimal) {
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '-') return std::nullopt;
  }
  if (text.empty()) return std::nullopt;
  const char start = text.size() > 1 && text[0] == '-' ? text[1] : text[0];
  if (start == 'n' || start == 'N') return std::nullopt;
  double value = 0;
  const auto [end, error] =
      fast_float::from_chars_advanced(text.data(), text.data() + text.size(), value,
                                      fast_float::parse_options(fast_float::chars_format::general, decimal));
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  return value;
}

}  // namespace retrograd
