// What a run ends with: the metrics of its parts, side by side.
#pragma once

#include <string>
#include <vector>

#include "retrograd/report.hpp"

namespace retrograd::cli {

/// An aligned table, one row a part ("train", "validation", "test"), ending without a newline. All parts are of one
/// task.
std::string summary_table(const std::vector<ReportPart>& parts);

}  // namespace retrograd::cli
