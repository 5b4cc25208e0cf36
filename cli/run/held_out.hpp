// The part of the training data that is held out for validation where none is given.
#pragma once

#include "retrograd/data.hpp"
#include "settings/settings.hpp"

namespace retrograd::cli {

/// Below this a held-out part would say nothing, and the rows are worth more in training (XOR has four).
inline constexpr int64_t kWorthHoldingOut = 20;

struct HeldOut {
  double fraction = 0;  ///< 0: nothing is held out
  SplitRows rows;
};

/// By --valid-fraction; auto: a fifth, at most 10,000 rows.
HeldOut held_out(const Settings& settings, const DataSpec& spec, const Dataset& data, uint64_t seed);

}  // namespace retrograd::cli
