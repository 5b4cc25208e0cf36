// LaTeX for math mode; needs amsmath (cases, \operatorname, \text).
#include <fmt/format.h>

#include "ops/formula/style.hpp"

namespace retrograd::formula {
namespace {

/// A name in which nothing is a command.
std::string escape(std::string_view name) {
  std::string text;
  for (const char c : name) {
    switch (c) {
      case '\\':
        text += "\\backslash ";
        break;
      case '^':
        text += "\\wedge ";
        break;
      case ' ':
        text += "\\ ";
        break;
      case '~':
        text += "\\sim ";
        break;
      case '_':
      case '#':
      case '$':
      case '%':
      case '&':
      case '{':
      case '}':
        text += '\\';
        text += c;
        break;
      default:
        text += c;
    }
  }
  return text;
}

std::string letters(std::string_view name) {
  const std::string_view stem = name.substr(0, name.find('\''));
  return characters(stem) <= 1 ? escape(name) : "\\mathit{" + escape(name) + "}";
}

class LatexStyle : public Style {
 public:
  Piece number(const std::string& digits, int exponent) const override {
    if (exponent == 0) return {digits};
    if (digits == "1") return {fmt::format("10^{{{}}}", exponent), Binding::power};
    return {fmt::format("{} \\cdot 10^{{{}}}", digits, exponent), Binding::product};
  }

  Piece symbol(const std::string& name, const std::vector<std::string>& indices) const override {
    if (const size_t place = subscript_of(name); place != std::string::npos) {
      std::vector<std::string> all = {name.substr(place + 1)};
      all.insert(all.end(), indices.begin(), indices.end());
      return symbol(name.substr(0, place), all);
    }
    const bool squared = is_squared_name(name);
    std::string text = letters(name);
    if (squared) {
      text = "\\sigma^{2}";
    } else if (!greek_letter(name).empty()) {
      text = name == "eps" ? "\\epsilon" : "\\" + name;
    }
    for (size_t k = 0; k < indices.size(); ++k) text += (k == 0 ? "_{" : ",") + letters(indices[k]);
    if (!indices.empty()) text += "}";
    return {text, squared ? Binding::power : Binding::atom};
  }

  std::string pi() const override { return "\\pi"; }
  std::string infinity() const override { return "\\infty"; }
  std::string parentheses(const std::string& inside) const override { return "\\left(" + inside + "\\right)"; }
  std::string plus() const override { return " + "; }
  std::string minus() const override { return " - "; }
  std::string negative() const override { return "-"; }
  std::string times() const override { return " \\cdot "; }

  Piece fraction(const Piece& above, const Piece& below) const override {
    return {fmt::format("\\frac{{{}}}{{{}}}", above.text, below.text), Binding::product};
  }

  Piece power(const Piece& base, int exponent) const override {
    return {fmt::format("{}^{{{}}}", wrap(base, Binding::call), exponent), Binding::power};
  }

  Piece call(Function function, const Piece& x) const override {
    switch (function) {
      case Function::sqrt:
        return {fmt::format("\\sqrt{{{}}}", x.text), Binding::call};
      case Function::abs:
        return {fmt::format("\\left|{}\\right|", x.text)};
      case Function::sigmoid:
        return {"\\sigma" + parentheses(x.text), Binding::call};
      case Function::log1p:
      case Function::erf:
        return {fmt::format("\\operatorname{{{}}}", function_name(function)) + parentheses(x.text), Binding::call};
      default:
        return {fmt::format("\\{}", function_name(function)) + parentheses(x.text), Binding::call};
    }
  }

  Piece where(const std::string& condition, const std::string& then, const std::string& otherwise) const override {
    return {fmt::format("\\begin{{cases}} {} & \\text{{if }} {} \\\\ {} & \\text{{otherwise}} \\end{{cases}}", then,
                        condition, otherwise),
            Binding::product};
  }
  std::string relation(const std::string& left, char sign, const std::string& right) const override {
    return fmt::format("{} {} {}", left, sign, right);
  }
  std::string is_a_number(const std::string& x) const override { return x + " \\text{ is a number}"; }

  Piece kronecker(const std::string& i, const std::string& j) const override {
    return {fmt::format("[{} = {}]", letters(i), letters(j))};
  }
  Piece index_value(const std::string& index) const override { return {letters(index)}; }

  std::string over(bool is_sum, const std::string& index) const override {
    return fmt::format("\\{}_{{{}}} ", is_sum ? "sum" : "max", letters(index));
  }
};

}  // namespace

const Style& latex_style() {
  static const LatexStyle style;
  return style;
}

}  // namespace retrograd::formula
