// Runs side by side, and what pages share.
#pragma once

#include <string>
#include <string_view>

#include "report/json.hpp"

namespace retrograd::report {

/// A page that runs `script` over `json`.
std::string make_page(std::string_view script, const Json& json);

/// Throws Error naming the run if the text is not a report that this version reads.
Json parse_report(const std::string& name, const std::string& text);

}  // namespace retrograd::report
