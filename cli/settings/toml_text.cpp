#include "settings/toml_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/fail.hpp"

namespace retrograd::cli {
namespace {

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// Whether a character of UTF-8 begins with it.
bool begins(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

/// Where the string that begins at `at` ends; the end of the text if it does not.
size_t end_of_string(std::string_view text, size_t at) {
  const char quote = text[at];
  const std::string three(3, quote);
  const bool lines = text.substr(at).starts_with(three);
  const std::string_view ends = lines ? std::string_view(three) : std::string_view(three).substr(0, 1);
  for (size_t k = at + ends.size(); k < text.size(); ++k) {
    if (text.substr(k).starts_with(ends)) {
      size_t after = k + ends.size();  // up to two more quotes belong to the string
      while (lines && after < text.size() && after < k + 5 && text[after] == quote) ++after;
      return after;
    }
    if (!lines && text[k] == '\n') return k;
    if (quote != '"' || text[k] != '\\') continue;
    if (lines) {  // the white space after a backslash that ends its line
      const size_t next = text.find_first_not_of(" \t\r\n", k + 1);
      if (next != std::string_view::npos && next > k + 1 && !is_ascii(text[next])) return next;
    }
    ++k;
  }
  return text.size();
}

/// LINE:COLUMN, both from 1.
std::string place(std::string_view text, size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::string_view line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
  return fmt::format("{}:{}", 1 + std::count(before.begin(), before.end(), '\n'),
                     1 + std::count_if(line.begin(), line.end(), begins));
}

}  // namespace

void check_toml_text(std::string_view text, const std::string& path) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  char before = '\n';  // what is not blank
  for (size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0; at < text.size();) {
    const char c = text[at];
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '"' || c == '\'') {
      if (std::string_view("\n=,[{.").find(before) == std::string_view::npos)
        fail("{}:{}: a string cannot begin here, after '{}'; is a sign or the other quote missing?", path,
             place(text, at), before);
      at = end_of_string(text, at);
      before = c;
      continue;
    }
    if (!is_ascii(c)) {
      const auto next = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at) + 1, text.end(), begins);
      fail(
          "{}:{}: '{}' stands outside of a string; names with other characters than A-Z, a-z, 0-9, _ and - are "
          "quoted",
          path, place(text, at), std::string(text.begin() + static_cast<std::ptrdiff_t>(at), next));
    }
    if (c != ' ' && c != '\t' && c != '\r') before = c;
    ++at;
  }
}

}  // namespace retrograd::cli
