#include "explain/latex/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace retrograd::latex {
namespace {

// U+00C0 … U+00FF (Unicode, Latin-1 Supplement) in LaTeX's own accents; empty: no such letter in OT1 fonts.
constexpr std::string_view kLatin1[64] = {
    "\\`A",     "\\'A",     "\\^A",     "\\~A",      "\\\"A",  "\\AA{}", "\\AE{}", "\\c{C}", "\\`E", "\\'E",   "\\^E",
    "\\\"E",    "\\`I",     "\\'I",     "\\^I",      "\\\"I",  "",       "\\~N",   "\\`O",   "\\'O", "\\^O",   "\\~O",
    "\\\"O",    "",         "\\O{}",    "\\`U",      "\\'U",   "\\^U",   "\\\"U",  "\\'Y",   "",     "\\ss{}", "\\`a",
    "\\'a",     "\\^a",     "\\~a",     "\\\"a",     "\\aa{}", "\\ae{}", "\\c{c}", "\\`e",   "\\'e", "\\^e",   "\\\"e",
    "\\`{\\i}", "\\'{\\i}", "\\^{\\i}", "\\\"{\\i}", "",       "\\~n",   "\\`o",   "\\'o",   "\\^o", "\\~o",   "\\\"o",
    "",         "\\o{}",    "\\`u",     "\\'u",      "\\^u",   "\\\"u",  "\\'y",   "",       "\\\"y"};

struct Decoded {
  uint32_t code = 0;
  size_t bytes = 0;  // 0: not UTF-8
};

Decoded decode(std::string_view s) {
  const auto first = static_cast<unsigned char>(s[0]);
  if (first < 0x80) return {first, 1};
  const size_t bytes = first >= 0xF0 && first < 0xF5   ? 4
                       : first >= 0xE0 && first < 0xF0 ? 3
                       : first >= 0xC2 && first < 0xE0 ? 2
                                                       : 0;
  if (bytes == 0 || s.size() < bytes) return {};
  uint32_t code = first & (0xFFU >> (bytes + 1));
  for (size_t k = 1; k < bytes; ++k) {
    const auto next = static_cast<unsigned char>(s[k]);
    if ((next & 0xC0) != 0x80) return {};
    code = code << 6 | (next & 0x3F);
  }
  return {code, bytes};
}

std::string escaped(uint32_t code) {
  switch (code) {
    case '\\':
      return "\\textbackslash{}";
    case '{':
      return "\\{";
    case '}':
      return "\\}";
    case '$':
      return "\\$";
    case '&':
      return "\\&";
    case '#':
      return "\\#";
    case '%':
      return "\\%";
    case '_':
      return "\\_";
    case '^':
      return "\\^{}";
    case '~':
      return "\\~{}";
    case '<':
      return "\\textless{}";
    case '>':
      return "\\textgreater{}";
    case '|':
      return "\\textbar{}";
    case '"':
      return "{\\ttfamily\\char34}";  // OT1 has the straight quote in its typewriter fonts only
    case '-':
      return "{-}";  // no ligatures: names are shown as they are
    case '`':
      return "{`}";
    case '\'':
      return "{'}";
    case 0x2018:
      return "`";
    case 0x2019:
      return "'";
    case 0x201C:
      return "``";
    case 0x201D:
      return "''";
    case 0x2013:
      return "--";
    case 0x2014:
      return "---";
    case 0x2026:
      return "\\ldots{}";
    case 0x2212:
      return "$-$";
    case 0x00D7:
      return "$\\times$";
    case 0x00B7:
      return "$\\cdot$";
    case 0x2190:
      return "$\\leftarrow$";
    case 0x2192:
      return "$\\rightarrow$";
    case 0x2202:
      return "$\\partial$";
    case 0x2211:
      return "$\\sum$";
    case 0x221A:
      return "$\\surd$";
    case 0x2264:
      return "$\\le$";
    case 0x2265:
      return "$\\ge$";
    case 0x03B1:
      return "$\\alpha$";
    case 0x03B2:
      return "$\\beta$";
    case 0x03B3:
      return "$\\gamma$";
    case 0x03B4:
      return "$\\delta$";
    case 0x03B5:
      return "$\\varepsilon$";
    case 0x03B7:
      return "$\\eta$";
    case 0x03B8:
      return "$\\theta$";
    case 0x03BB:
      return "$\\lambda$";
    case 0x03BC:
      return "$\\mu$";
    case 0x03C1:
      return "$\\rho$";
    case 0x03C3:
      return "$\\sigma$";
    case 0x0302:
      return "\\^{}";
    case 0x2081:
      return "$_1$";
    case 0x2082:
      return "$_2$";
    case 0x00B2:
      return "$^2$";
    case 0x2016:
      return "$\\Vert$";
    case 0x00A0:
    case 0x202F:
    case 0x2009:
      return "~";
    default:
      break;
  }
  if (code >= 0x20 && code < 0x7F) return std::string(1, static_cast<char>(code));
  if (code == '\t' || code == '\n' || code == '\r') return " ";
  if (code >= 0xC0 && code <= 0xFF && !kLatin1[code - 0xC0].empty()) return std::string(kLatin1[code - 0xC0]);
  return fmt::format("{{[}}U+{:04X}{{]}}", code);
}

}  // namespace

std::string text(std::string_view words) {
  std::string out;
  while (!words.empty()) {
    const Decoded d = decode(words);
    if (d.bytes == 0) {
      out += fmt::format("{{[}}byte {:02X}{{]}}", static_cast<unsigned char>(words[0]));
      words.remove_prefix(1);
    } else {
      // Braces end an accent's argument: \'e{}s.
      const bool composed = d.code >= 0xC0 && d.code <= 0xFF && !kLatin1[d.code - 0xC0].empty();
      out += composed ? "{" + escaped(d.code) + "}" : escaped(d.code);
      words.remove_prefix(d.bytes);
    }
  }
  return out;
}

std::string math(std::string_view formula) {
  std::string out;
  while (!formula.empty()) {
    const Decoded d = decode(formula);
    const std::string_view next = formula.substr(0, std::max<size_t>(d.bytes, 1));
    if (d.code == 0x2032) {
      out += '\'';
    } else if (d.bytes == 1) {
      out += next;
    } else {
      out += "\\mbox{" + text(next) + "}";
    }
    formula.remove_prefix(next.size());
  }
  return out;
}

std::string number(double value, int digits) {
  if (std::isnan(value)) return "\\mathrm{NaN}";
  if (std::isinf(value)) return value > 0 ? "\\infty" : "-\\infty";
  std::string s = fmt::format("{:.{}g}", value, digits);
  const size_t e = s.find('e');
  if (e == std::string::npos) return s;
  return fmt::format("{}\\cdot10^{{{}}}", s.substr(0, e), std::stoi(s.substr(e + 1)));
}

std::string factor(double value, int digits) {
  const std::string s = number(value, digits);
  return s.starts_with('-') ? "(" + s + ")" : s;
}

std::string percent(double share) {
  const double p = 100 * std::abs(share);
  if (!std::isfinite(p)) return "--";
  if (p > 0 && p < 0.1) return "$<$\\,0.1\\,\\%";
  return fmt::format("{:.{}f}\\,\\%", p, p > 0 && p < 1 ? 1 : 0);
}

std::string count(int64_t n) {
  std::string s = fmt::format("{}", n);
  const size_t sign = s[0] == '-' ? 1 : 0;
  for (size_t k = s.size(); k > sign + 3;) {
    k -= 3;
    s.insert(k, "{,}");
  }
  return s;
}

std::string symbol(std::string_view name, int i, int j) {
  size_t letters = 0;
  while (letters < name.size() && ((name[letters] | 0x20) >= 'a' && (name[letters] | 0x20) <= 'z')) ++letters;
  size_t end = letters;
  while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
  std::string out;
  if (letters == 1 && end == name.size()) {
    out = std::string(name.substr(0, 1));
    if (end > letters) out += fmt::format("^{{({})}}", name.substr(letters));
  } else {
    out = "\\mbox{" + text(name) + "}";
  }
  if (i >= 0 && j >= 0) return out + fmt::format("_{{{},{}}}", i + 1, j + 1);
  if (i >= 0 || j >= 0) return out + fmt::format("_{{{}}}", (i >= 0 ? i : j) + 1);
  return out;
}

std::string partial(std::string_view above, std::string_view below) {
  return fmt::format("\\frac{{\\partial {}}}{{\\partial {}}}", above, below);
}

}  // namespace retrograd::latex
