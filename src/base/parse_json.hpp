// JSON that may come from anyone.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace retrograd {

/// Nothing that this program writes nests deeper. JSON values are copied, compared and written by recursion, which
/// deeper text would turn into an exhausted stack.
inline constexpr int kMostJsonNesting = 64;

/// Throws Error if brackets in `text` nest deeper than kMostJsonNesting. `name` begins the message.
void check_json_nesting(std::string_view text, const std::string& name);

/// Parses JSON. Throws Error beginning with `name` if it is none, or nests too deeply.
template <class Json = nlohmann::json>
Json parse_json(std::string_view text, const std::string& name);

extern template nlohmann::json parse_json(std::string_view, const std::string&);
extern template nlohmann::ordered_json parse_json(std::string_view, const std::string&);

}  // namespace retrograd
