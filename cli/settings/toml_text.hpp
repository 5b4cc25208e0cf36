// A guard before toml++.
#pragma once

#include <string>
#include <string_view>

namespace retrograd::cli {

/// Throws Error, with the place, if a character that is not ASCII stands where TOML allows white space: whether it is
/// some, toml++ 3.3 (is_non_ascii_horizontal_whitespace) decides without defined behaviour for many. TOML 1.0 has such
/// characters in strings and comments alone, so nothing valid is refused but one that comes first after a string's
/// line-ending backslash. A quote inside of a word, where no string can begin, is refused too.
void check_toml_text(std::string_view text, const std::string& path);

}  // namespace retrograd::cli
