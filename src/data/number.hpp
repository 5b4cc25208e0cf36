// Reading a decimal number, exactly rounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace retrograd {

/// The double nearest to `text` (all of it): optional sign, digits with an optional decimal mark, optional exponent; or
/// inf, infinity with an optional sign, any case. A number beyond double's range is infinite. No hexadecimal, no
/// grouping, no blanks; "nan" is not a number here.
std::optional<double> parse_number(std::string_view text, char decimal = '.');

/// Reads a plain number (no exponent) at `p` when its value can be computed exactly: at most 19 digits with a
/// significand of at most 2^53 and at most 22 decimals, so that one division rounds once (Clinger, PLDI 1990). Moves
/// `p` behind it and returns true; else leaves `p`. The text must end in a byte that is neither digit nor mark.
inline bool parse_plain_number(const char*& p, double& value, char decimal) {
  static constexpr double kPower[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const char* q = p;
  const bool negative = *q == '-';
  q += negative;
  uint64_t significand = 0;
  const char* digits = q;
  for (unsigned d; (d = static_cast<unsigned char>(*q) - unsigned{'0'}) < 10; ++q) significand = significand * 10 + d;
  int64_t count = q - digits;
  int64_t decimals = 0;
  if (*q == decimal) {
    digits = ++q;
    for (unsigned d; (d = static_cast<unsigned char>(*q) - unsigned{'0'}) < 10; ++q) significand = significand * 10 + d;
    decimals = q - digits;
    count += decimals;
  }
  if (count == 0 || count > 19 || significand > (uint64_t{1} << 53)) return false;
  const double magnitude = static_cast<double>(static_cast<int64_t>(significand)) / kPower[decimals];
  value = negative ? -magnitude : magnitude;
  p = q;
  return true;
}

}  // namespace retrograd
