#include "report/json.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

namespace retrograd::report {

double rounded(double value) {
  const std::string text = fmt::format("{:.5g}", value);
  double out = value;
  fast_float::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace retrograd::report
