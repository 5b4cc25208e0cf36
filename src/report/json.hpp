// JSON of reports: members in the order in which they are written.
#pragma once

#include <nlohmann/json.hpp>

namespace retrograd::report {

using Json = nlohmann::ordered_json;

/// The value to five significant digits: enough to draw, and a third of the bytes.
double rounded(double value);

}  // namespace retrograd::report
