#include "explain/text/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "explain/text/width_table.hpp"

namespace retrograd::text {
namespace {

constexpr uint32_t kInvalid = 0xFFFD;
constexpr std::string_view kReplacement = "\uFFFD";

/// The character at the start of `text` and its bytes; U+FFFD and one byte where it is not UTF-8.
struct Decoded {
  uint32_t code;
  size_t bytes;
};
Decoded decode(std::string_view text) {
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return {kInvalid, 1};
  uint32_t code = first & (0xFFu >> (size + 1));
  for (size_t k = 1; k < size; ++k) {
    if ((byte(k) & 0xC0) != 0x80) return {kInvalid, 1};
    code = code << 6 | (byte(k) & 0x3Fu);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {kInvalid, 1};
  return {code, size};
}

template <size_t N>
bool among(uint32_t code, const Characters (&table)[N]) {
  const auto* after = std::upper_bound(std::begin(table), std::end(table), code,
                                       [](uint32_t c, const Characters& r) { return c < r.first; });
  return after != std::begin(table) && code <= (after - 1)->last;
}

int columns_of(uint32_t code) {
  if (code < 0x300) return 1;
  if (among(code, kNoColumn)) return 0;
  return among(code, kTwoColumns) ? 2 : 1;
}

/// Bytes of the colour sequence at the start of `text`, 0 if there is none.
size_t colour_size(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const size_t end = text.find('m');
  return end == std::string_view::npos ? 0 : end + 1;
}

/// Calls `each(piece, columns)` for every colour sequence and character.
template <class Each>
void walk(std::string_view text, const Each& each) {
  while (!text.empty()) {
    size_t bytes = colour_size(text);
    int columns = 0;
    if (bytes == 0) {
      const Decoded c = decode(text);
      bytes = c.bytes;
      columns = columns_of(c.code);
    }
    each(text.substr(0, bytes), columns);
    text.remove_prefix(bytes);
  }
}

std::string_view colour_of(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "";
    case Ink::title:
      return "\x1b[1m";
    case Ink::soft:
      return "\x1b[2m";
    case Ink::forward:
      return "\x1b[34m";
    case Ink::backward:
      return "\x1b[33m";
    case Ink::mark:
      return "\x1b[1;36m";
    case Ink::good:
      return "\x1b[32m";
    case Ink::bad:
      return "\x1b[1;31m";
  }
  return "";
}

std::string spaces(int n) { return std::string(static_cast<size_t>(std::max(n, 0)), ' '); }

}  // namespace

int width_of(std::string_view text) {
  int width = 0;
  walk(text, [&](std::string_view, int columns) { width += columns; });
  return width;
}

std::string clean(std::string_view foreign) {
  std::string out;
  while (!foreign.empty()) {
    const Decoded c = decode(foreign);
    const bool control = c.code < 0x20 || (c.code >= 0x7F && c.code < 0xA0) || (c.code >= 0x200B && c.code <= 0x200F) ||
                         (c.code >= 0x2028 && c.code <= 0x202E) || (c.code >= 0x2060 && c.code <= 0x206F) ||
                         c.code == 0xFEFF;
    out += control || c.code == kInvalid ? kReplacement : foreign.substr(0, c.bytes);
    foreign.remove_prefix(c.bytes);
  }
  return out;
}

std::string cut(std::string_view text, int columns) {
  if (width_of(text) <= columns) return std::string(text);
  std::string out;
  int used = 0;
  bool full = false;
  walk(text, [&](std::string_view piece, int width) {
    if (width == 0 && piece.front() == '\x1b') {
      out += piece;  // a colour that began must also end
      return;
    }
    full = full || used + width > columns - 1;
    if (full) return;
    out += piece;
    used += width;
  });
  const size_t tail = out.ends_with("\x1b[0m") ? out.size() - 4 : out.size();
  return out.insert(tail, "…");
}

std::string left(std::string_view text, int columns) { return std::string(text) + spaces(columns - width_of(text)); }
std::string right(std::string_view text, int columns) { return spaces(columns - width_of(text)) + std::string(text); }

std::string number(double value, int digits) {
  if (std::isnan(value)) return "nan";
  if (value == 0) return "0";
  std::string plain = fmt::format("{:.{}g}", std::abs(value), digits);
  if (const size_t e = plain.find('e'); e != std::string::npos) {
    // 1.2e-05 reads 1.2e−5
    const std::string mantissa = plain.substr(0, e);
    const int exponent = std::stoi(plain.substr(e + 1));
    plain = fmt::format("{}e{}{}", mantissa, exponent < 0 ? "−" : "", std::abs(exponent));
  }
  return std::signbit(value) ? "−" + plain : plain;
}

std::string factor(double value, int digits) {
  const std::string plain = number(value, digits);
  return plain.starts_with("−") ? "(" + plain + ")" : plain;
}

std::string signed_number(double value, int digits) {
  const std::string plain = number(value, digits);
  return plain.starts_with("−") || plain == "nan" ? plain : "+" + plain;
}

std::string count(long long value) {
  std::string digits = std::to_string(value);
  const bool negative = digits.front() == '-';
  if (negative) digits.erase(0, 1);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return negative ? "−" + digits : digits;
}

std::string subscript(long long value) {
  static constexpr std::string_view kDigits[] = {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"};
  std::string out;
  for (const char c : std::to_string(value)) out += c == '-' ? "₋" : kDigits[c - '0'];
  return out;
}

std::string Page::ink(Ink ink, std::string_view text) const {
  const std::string_view colour = colour_ ? colour_of(ink) : "";
  return colour.empty() ? std::string(text) : fmt::format("{}{}\x1b[0m", colour, text);
}

void Page::blank() {
  if (!text_.empty() && !text_.ends_with("\n\n")) text_ += "\n";
}

void Page::title(std::string_view text) {
  blank();
  const std::string fitting = cut(text, columns_);
  std::string rule;
  for (int k = width_of(fitting); k > 0; --k) rule += "─";
  text_ += ink(Ink::title, fitting) + "\n" + ink(Ink::soft, rule) + "\n";
}

void Page::words(std::string_view text, int indent, int hang) {
  std::string line = spaces(indent);
  bool empty = true;
  const auto flush = [&] {
    for (size_t at = 0; (at = line.find("\u00A0", at)) != std::string::npos;) line.replace(at, 2, " ");
    text_ += line + "\n";
    line = spaces(indent + hang);
    empty = true;
  };
  while (!text.empty()) {
    const size_t start = text.find_first_not_of(' ');
    if (start == std::string_view::npos) break;
    const size_t end = std::min(text.find(' ', start), text.size());
    std::string_view word = text.substr(start, end - start);
    // Spacing inside a line is kept: it aligns.
    const int gap = empty ? 0 : static_cast<int>(start);
    if (!empty && width_of(line) + gap + width_of(word) > columns_)
      flush();
    else if (!empty)
      line += spaces(gap);
    // A word wider than the page is broken anywhere.
    walk(word, [&](std::string_view piece, int width) {
      if (width > 0 && width_of(line) + width > columns_) flush();
      line += piece;
      empty = false;
    });
    text.remove_prefix(end);
  }
  if (!empty) flush();
}

void Page::equation(std::string_view left_side, const std::vector<std::string>& rights, int indent) {
  const int hang = std::min(width_of(left_side) + 1, 28);
  bool first = true;
  for (const std::string& r : rights) {
    if (first)
      words(fmt::format("{} = {}", left_side, r), indent, hang + 2);
    else
      words("= " + r, indent + hang, 2);
    first = false;
  }
}

void Page::line(std::string_view text) {
  std::string fitting = cut(text, columns_);
  while (fitting.ends_with(' ')) fitting.pop_back();
  text_ += fitting + "\n";
}

void Page::table(const std::vector<std::vector<std::string>>& rows, std::string_view alignment, int indent,
                 bool header) {
  std::vector<int> widths(alignment.size(), 0);
  for (const auto& row : rows)
    for (size_t c = 0; c < row.size() && c < widths.size(); ++c) widths[c] = std::max(widths[c], width_of(row[c]));
  bool first = header;
  for (const auto& row : rows) {
    std::string text = spaces(indent);
    for (size_t c = 0; c < row.size() && c < widths.size(); ++c) {
      if (c > 0) text += "  ";
      text += alignment[c] == 'r' ? right(row[c], widths[c]) : left(row[c], widths[c]);
    }
    line(first ? ink(Ink::soft, text) : text);
    first = false;
  }
}

}  // namespace retrograd::text
