#include "settings/toml_text.hpp"

#include <algorithm>

#include "base/fail.hpp"

namespace retrograd::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// Whether a character of UTF-8 begins with it.
bool begins(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

std::string in_ascii(std::string_view text) {
  std::string out;
  if (text.starts_with(kByteOrderMark)) out = kByteOrderMark;
  for (const char c : text.substr(out.size()))
    if (is_ascii(c) || begins(c)) out += is_ascii(c) ? c : '?';
  return out;
}

void check_continued_lines(std::string_view text, const std::string& path) {
  for (size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at)) {
    const size_t after = std::min(text.find_first_not_of('\\', at), text.size());
    const size_t next = std::min(text.find_first_not_of(" \t\r\n", after), text.size());
    const std::string_view blank = text.substr(after, next - after);
    if ((after - at) % 2 == 1 && blank.find('\n') != std::string_view::npos && next < text.size() &&
        !is_ascii(text[next]))
      fail("{}:{}: after a line of a string that ends in a backslash the next one must begin with an ASCII character",
           path, 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(next), '\n'));
    at = after;
  }
}

}  // namespace retrograd::cli
