#include "run/held_out.hpp"

#include <algorithm>

namespace retrograd::cli {

HeldOut held_out(const Settings& settings, const DataSpec& spec, const Dataset& data, uint64_t seed) {
  HeldOut held;
  if (!settings.is_auto("valid_fraction"))
    held.fraction = settings.number("valid_fraction");
  else if (data.rows >= kWorthHoldingOut)
    held.fraction = std::min(0.2, 10000.0 / static_cast<double>(data.rows));
  if (held.fraction == 0) return held;
  std::vector<int> classes;
  if (spec.task == Task::classification)
    for (int64_t row = 0; row < data.rows; ++row) classes.push_back(static_cast<int>(data.target.at(row, 0)));
  held.rows = split_rows(data.rows, held.fraction, seed, classes);
  return held;
}

}  // namespace retrograd::cli
