#include "data/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace retrograd {
namespace {

/// Length of the well-formed UTF-8 character at the start of `text`, or 0 (Unicode 15, table 3-7).
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto in = [](unsigned value, unsigned low, unsigned high) { return value >= low && value <= high; };
  const auto tail = [&](size_t i) { return in(byte(i), 0x80, 0xBF); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (in(first, 0xC2, 0xDF)) return tail(1) ? 2 : 0;
  if (in(first, 0xE0, 0xEF)) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
    return in(byte(1), low, high) && tail(2) ? 3 : 0;
  }
  if (in(first, 0xF0, 0xF4)) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
    return in(byte(1), low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

/// Edit distance (insert, delete, substitute; Wagner and Fischer 1974).
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr size_t kLimit = 60;
  std::string out = "'";
  size_t i = 0;
  while (i < text.size() && out.size() < kLimit) {
    const size_t length = utf8_length(text.substr(i));
    if (length == 0 || static_cast<unsigned char>(text[i]) < 0x20 || text[i] == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i++]));
    } else {
      out += text.substr(i, length);
      i += length;
    }
  }
  return out + (i < text.size() ? "…'" : "'");
}

std::string listed(const std::vector<std::string>& names, size_t limit) {
  std::string out;
  const size_t shown = names.size() > limit ? limit : names.size();
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) out += i + 1 == names.size() ? " and " : ", ";
    out += in_quotes(names[i]);
  }
  if (shown < names.size()) out += fmt::format(" and {} more", names.size() - shown);
  return out;
}

std::vector<std::string> close_names(std::string_view name, const std::vector<std::string>& names) {
  const std::string wanted = lower(name.substr(0, 200));
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& candidate : names) {
    const std::string other = lower(std::string_view(candidate).substr(0, 200));
    const size_t distance = edit_distance(wanted, other);
    const size_t limit = std::max<size_t>(1, std::min<size_t>(wanted.size(), other.size()) / 3);
    const bool contains = wanted.size() >= 3 && other.size() >= 3 &&
                          (other.find(wanted) != std::string::npos || wanted.find(other) != std::string::npos);
    if (distance <= limit || contains) near.emplace_back(distance, candidate);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (size_t i = 0; i < near.size() && i < 3; ++i) out.push_back(near[i].second);
  return out;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& names) {
  const std::vector<std::string> near = close_names(name, names);
  if (near.empty()) return names.empty() ? std::string() : "; the columns are " + listed(names, 12);
  std::string out = "; did you mean ";
  for (size_t i = 0; i < near.size(); ++i) out += (i == 0 ? "" : " or ") + in_quotes(near[i]);
  return out + "?";
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string number_text(double value) {
  if (value == 0) return "0";
  if (std::abs(value) < 1e15 && value == std::trunc(value)) return fmt::format("{}", static_cast<int64_t>(value));
  return fmt::format("{}", value);
}

}  // namespace retrograd
