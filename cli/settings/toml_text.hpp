// A guard before toml++.
#pragma once

#include <string>
#include <string_view>

namespace retrograd::cli {

/// Throws Error, with the place, if a character from U+FDA6 to U+FEFE stands where TOML allows white space: toml++ 3.3
/// (is_non_ascii_horizontal_whitespace) has no defined behaviour there. TOML 1.0 allows such a character in strings and
/// comments alone, so nothing valid is refused but one that begins the line after a string's line-ending backslash.
void check_toml_text(std::string_view text, const std::string& path);

}  // namespace retrograd::cli
