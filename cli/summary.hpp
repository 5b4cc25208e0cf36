// What a run ends with: the metrics of its parts, side by side.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "retrograd/evaluate.hpp"

namespace retrograd::cli {

/// An aligned table, one row a part ("train", "validation", "test"), ending without a newline. All parts are of one
/// task.
std::string summary_table(const std::vector<std::pair<std::string, Results>>& parts);

}  // namespace retrograd::cli
