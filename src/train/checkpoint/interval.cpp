#include "train/checkpoint/interval.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include "base/fail.hpp"

namespace retrograd::training {
namespace {

constexpr std::pair<std::string_view, double> kUnits[] = {{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}};
constexpr double kLongest = 1e9;  // seconds, thirty years

/// Takes a number from the front of `text`; false if there is none.
bool take_number(std::string_view& text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

/// Seconds, or a negative number if the text is not a duration.
double seconds_of(std::string_view text) {
  if (text.empty()) return -1;
  double total = 0;
  while (!text.empty()) {
    double value = 0;
    if (!take_number(text, value) || !(value >= 0)) return -1;
    bool known = false;
    for (const auto& [unit, seconds] : kUnits)
      if (!known && text.starts_with(unit)) {
        known = true;
        total += value * seconds;
        text.remove_prefix(unit.size());
      }
    if (!known) return -1;
  }
  return total > 0 && total <= kLongest ? total : -1;
}

}  // namespace

Interval parse_interval(std::string_view text) {
  if (text == "none") return {};
  for (const auto& [word, unit] : {std::pair{std::string_view("step"), Interval::Unit::steps},
                                   std::pair{std::string_view("epoch"), Interval::Unit::epochs}}) {
    std::string_view digits = text;
    if (digits.ends_with('s')) digits.remove_suffix(1);
    if (!digits.ends_with(word)) continue;
    digits.remove_suffix(word.size());
    int64_t count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error != std::errc{} || end != digits.data() + digits.size() || count < 1)
      fail("'{}' is not an interval, expected a whole number of {}s of at least 1, e.g. 500{}s", text, word, word);
    return {unit, 0, count};
  }
  const double seconds = seconds_of(text);
  if (seconds < 0) fail("'{}' is not an interval, expected e.g. 60s, 5m, 500steps, 2epochs or none", text);
  return {Interval::Unit::seconds, seconds, 0};
}

double parse_duration(std::string_view text) {
  const double seconds = seconds_of(text);
  if (seconds < 0) fail("'{}' is not a duration, expected e.g. 90s, 30m, 2h or 1h30m", text);
  return seconds;
}

}  // namespace retrograd::training
