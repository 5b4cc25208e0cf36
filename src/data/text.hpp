// Small helpers on text: messages, close names, numbers as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retrograd {

/// `text` in single quotes for a message: cut after 60 bytes, control and non-UTF-8 bytes as \xNN.
std::string in_quotes(std::string_view text);

/// "'a', 'b' and 'c'"; after `limit` names "and N more".
std::string listed(const std::vector<std::string>& names, size_t limit = 8);

/// The names nearest to `name` by edit distance (case ignored), best first, at most 3; empty if none is near.
std::vector<std::string> close_names(std::string_view name, const std::vector<std::string>& names);

/// "; did you mean 'a' or 'b'?" or, when nothing is near, "; the columns are …".
std::string suggestion(std::string_view name, const std::vector<std::string>& names);

/// Whether `text` is well-formed UTF-8 (Unicode 15, table 3-7).
bool is_utf8(std::string_view text);

/// Lower case of A–Z only.
std::string lower(std::string_view text);

/// The shortest decimal text that reads back as `value`; integers below 1e15 without a point or exponent, -0 as "0".
std::string number_text(double value);

}  // namespace retrograd
