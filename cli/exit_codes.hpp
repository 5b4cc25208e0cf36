#pragma once

namespace retrograd::cli {

/// Exit codes: 0 done, 1 bad input or usage, 2 a check failed, 130 interrupted.
inline constexpr int kBadInput = 1, kCheckFailed = 2, kInterrupted = 130;

}  // namespace retrograd::cli
