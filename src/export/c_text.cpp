#include "export/c_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace retrograd::c_source {
namespace {

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

template <class T>
std::string shortest(T value, const char* suffix) {
  if (std::isnan(value)) return "NAN";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + suffix;
}

constexpr std::array<std::string_view, 37> kKeywords = {
    "_Bool",  "_Complex", "_Imaginary", "auto",     "break",  "case",     "char",   "const",  "continue", "default",
    "do",     "double",   "else",       "enum",     "extern", "float",    "for",    "goto",   "if",       "inline",
    "int",    "long",     "register",   "restrict", "return", "short",    "signed", "sizeof", "static",   "struct",
    "switch", "typedef",  "union",      "unsigned", "void",   "volatile", "while"};

}  // namespace

bool is_identifier(std::string_view text) {
  if (text.empty() || text.size() > 63 || (text[0] >= '0' && text[0] <= '9')) return false;
  if (std::find(kKeywords.begin(), kKeywords.end(), text) != kKeywords.end()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_plain(c) || c == '_'; });
}

std::string literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || c == '?')  // of ?, because two of them begin a trigraph
      out += {'\\', c};
    else if (byte < 0x20 || byte >= 0x7F)
      out += fmt::format("\\{:03o}", byte);
    else
      out += c;
  }
  return out + "\"";
}

std::string comment(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F || c == '*' || c == '?' || c == '\\' ? '_' : c;
  }
  return out;
}

std::string number(float value) { return shortest(value, "f"); }
std::string number(double value) { return shortest(value, ""); }

std::string Identifiers::fresh(std::string_view prefix, std::string_view wish) {
  std::string base(prefix);
  for (const char c : wish.substr(0, 40)) base += is_plain(c) ? c : '_';
  std::string name = base;
  for (int again = 2; !taken_.insert(name).second; ++again) name = fmt::format("{}_{}", base, again);
  return name;
}

std::string braces(const std::vector<std::string>& items) {
  constexpr size_t kColumns = 120;
  std::string out = "{";
  size_t line = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string item = items[i] + (i + 1 < items.size() ? "," : "");
    if (i == 0 || line + 1 + item.size() > kColumns - 2) {
      out += "\n    " + item;
      line = 4 + item.size();
    } else {
      out += " " + item;
      line += 1 + item.size();
    }
  }
  return out + "}";
}

}  // namespace retrograd::c_source
