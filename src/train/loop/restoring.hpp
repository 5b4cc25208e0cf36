// Where a run goes back to after divergence, and when it gives up.
#pragma once

#include <optional>
#include <string>

#include "base/fail.hpp"
#include "train/checkpoint/checkpoint.hpp"

namespace retrograd::training {

inline constexpr int kRestores = 10;  // after divergence: the rate is then a thousandth
inline constexpr int kTries = 3;      // from one place; then its parameters are taken to be ruined already
inline constexpr double kRestoreFactor = 0.5;

/// `good`, the start of the epoch at hand, or after some tries `start`, that of the run; it then counts this try, and
/// has a smaller rate. Throws Error, naming `what` happened and `why`, if there is nothing to go back to, or going back
/// did not help; `rate` is the run's.
inline void count_restore(std::optional<Snapshot>& good, const std::optional<Snapshot>& start, const std::string& what,
                          const std::string& why, double rate) {
  if (!good)
    fail(
        "{}; lower the rate (e.g. --lr {:.3g}), clip the gradient (--clip-norm 1), or let it go back by itself "
        "(--on-divergence restore){}",
        what, rate / 10, why);
  if (good->position.restores == kRestores)
    fail(
        "{}; going back with a smaller rate did not help {} times: look for numbers that are far too large in the "
        "data, lower the rate (e.g. --lr {:.3g}), or clip the gradient (--clip-norm 1){}",
        what, kRestores, rate / 10, why);
  const Position before = good->position;
  if (before.tries == kTries) good = start;
  good->position.tries = before.tries % kTries + 1;
  good->position.restores = before.restores + 1;
  good->position.factor = before.factor * kRestoreFactor;
}

}  // namespace retrograd::training
