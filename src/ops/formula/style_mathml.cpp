// Presentation MathML (W3C MathML Core): well-formed XML, every child of a fraction, root or script one element.
#include <fmt/format.h>

#include "ops/formula/style.hpp"

namespace retrograd::formula {
namespace {

std::string escape(std::string_view name) {
  std::string text;
  for (const char c : name) {
    switch (c) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      default:
        text += c;
    }
  }
  return text;
}

std::string identifier(std::string_view name) { return "<mi>" + escape(name) + "</mi>"; }
std::string mo(std::string_view sign) { return fmt::format("<mo>{}</mo>", sign); }
std::string row(const std::string& inside) { return "<mrow>" + inside + "</mrow>"; }
std::string integer(int n) {
  return n < 0 ? row(mo("−") + fmt::format("<mn>{}</mn>", -static_cast<long long>(n))) : fmt::format("<mn>{}</mn>", n);
}

class MathmlStyle : public Style {
 public:
  Piece number(const std::string& digits, int exponent) const override {
    const std::string mantissa = "<mn>" + digits + "</mn>";
    if (exponent == 0) return {mantissa};
    const std::string ten = "<msup><mn>10</mn>" + integer(exponent) + "</msup>";
    if (digits == "1") return {ten, Binding::power};
    return {mantissa + times() + ten, Binding::product};
  }

  Piece symbol(const std::string& name, const std::vector<std::string>& indices) const override {
    if (const size_t place = subscript_of(name); place != std::string::npos) {
      std::vector<std::string> all = {name.substr(place + 1)};
      all.insert(all.end(), indices.begin(), indices.end());
      return symbol(name.substr(0, place), all);
    }
    const bool squared = is_squared_name(name);
    const std::string_view letter = squared ? "σ" : greek_letter(name);
    const std::string base = identifier(letter.empty() ? std::string_view(name) : letter);
    const Binding binding = squared ? Binding::power : Binding::atom;
    if (indices.empty()) return {squared ? "<msup>" + base + "<mn>2</mn></msup>" : base, binding};
    std::string under;
    for (size_t k = 0; k < indices.size(); ++k) under += (k == 0 ? "" : mo(",")) + identifier(indices[k]);
    if (indices.size() > 1) under = row(under);
    if (squared) return {"<msubsup>" + base + under + "<mn>2</mn></msubsup>", binding};
    return {"<msub>" + base + under + "</msub>", binding};
  }

  std::string pi() const override { return identifier("π"); }
  std::string infinity() const override { return "<mn>∞</mn>"; }
  std::string parentheses(const std::string& inside) const override { return row(mo("(") + inside + mo(")")); }
  std::string plus() const override { return mo("+"); }
  std::string minus() const override { return mo("−"); }
  std::string negative() const override { return mo("−"); }
  std::string times() const override { return mo("⋅"); }

  Piece fraction(const Piece& above, const Piece& below) const override {
    return {"<mfrac>" + row(above.text) + row(below.text) + "</mfrac>", Binding::product};
  }

  Piece power(const Piece& base, int exponent) const override {
    return {"<msup>" + row(wrap(base, Binding::call)) + integer(exponent) + "</msup>", Binding::power};
  }

  Piece call(Function function, const Piece& x) const override {
    if (function == Function::sqrt) return {"<msqrt>" + x.text + "</msqrt>", Binding::call};
    if (function == Function::abs) return {row(mo("|") + x.text + mo("|"))};
    // U+2061 FUNCTION APPLICATION lets a screen reader say "of", and spaces the name from its argument.
    return {row(identifier(function_name(function)) + mo("\u2061") + parentheses(x.text)), Binding::call};
  }

  Piece where(const std::string& condition, const std::string& then, const std::string& otherwise) const override {
    const auto cell = [](const std::string& inside) { return "<mtd>" + inside + "</mtd>"; };
    const std::string first = cell(row(then)) + cell("<mtext>if </mtext>" + row(condition));
    const std::string second = cell(row(otherwise)) + cell("<mtext>otherwise</mtext>");
    return {row(mo("{") + "<mtable><mtr>" + first + "</mtr><mtr>" + second + "</mtr></mtable>"), Binding::product};
  }

  std::string relation(const std::string& left, char sign, const std::string& right) const override {
    return left + mo(sign == '<' ? "&lt;" : sign == '>' ? "&gt;" : "=") + right;
  }
  std::string is_a_number(const std::string& x) const override { return x + "<mtext> is a number</mtext>"; }

  Piece kronecker(const std::string& i, const std::string& j) const override {
    return {row(mo("[") + identifier(i) + mo("=") + identifier(j) + mo("]"))};
  }
  Piece index_value(const std::string& index) const override { return {identifier(index)}; }

  std::string over(bool is_sum, const std::string& index) const override {
    return "<munder>" + mo(is_sum ? "∑" : "max") + identifier(index) + "</munder>";
  }
  std::string finish(const std::string& inside) const override { return row(inside); }
};

}  // namespace

const Style& mathml_style() {
  static const MathmlStyle style;
  return style;
}

}  // namespace retrograd::formula
