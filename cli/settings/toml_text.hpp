// A guard before toml++ 3.3, whose is_non_ascii_horizontal_whitespace has no defined behaviour for many characters. It
// asks there about what stands where TOML allows white space, and where it looks for the end of something wrong.
#pragma once

#include <string>
#include <string_view>

namespace retrograd::cli {

/// The text with a question mark for every character that is not ASCII, which TOML 1.0 has in strings and comments
/// alone: of the same form, or with the same mistakes at the same places, and safe to parse.
std::string in_ascii(std::string_view text);

/// Of a text whose form is right: throws Error, with the place, if a character that is not ASCII comes first after a
/// string's line-ending backslash. Otherwise the text is safe to parse.
void check_continued_lines(std::string_view text, const std::string& path);

}  // namespace retrograd::cli
