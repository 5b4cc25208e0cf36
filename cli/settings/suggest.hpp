// "Did you mean …?" for names that users type.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retrograd::cli {

/// The one of `known` with the fewest edits (insert, delete, replace, swap neighbours) from `typed`; empty if none is
/// within a third of its length.
std::string nearest(std::string_view typed, const std::vector<std::string>& known);

/// "; did you mean NAME?" or nothing.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known);

}  // namespace retrograd::cli
