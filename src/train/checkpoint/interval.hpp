// How often and how long, as users write it: "60s", "500steps", "2epochs", "1h30m".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace retrograd::training {

/// Every so many seconds, steps or epochs; or never.
struct Interval {
  enum class Unit { never, seconds, steps, epochs };
  Unit unit = Unit::never;
  double seconds = 0;
  int64_t count = 0;  ///< of steps or epochs, at least 1
};

/// "none", a duration (see below), "500steps" or "2epochs" (also "1step", "1epoch"). Throws Error saying what is
/// allowed.
Interval parse_interval(std::string_view text);

/// Seconds of "90s", "1.5m", "2h", "1d" or several of them, "1h30m"; more than 0. Throws Error saying what is allowed.
double parse_duration(std::string_view text);

}  // namespace retrograd::training
