// Plain text in Unicode, on one line.
#include <fmt/format.h>

#include <array>

#include "ops/formula/style.hpp"

namespace retrograd::formula {
namespace {

std::string superscript(int n) {
  static constexpr std::array<std::string_view, 10> kDigits = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text;
  for (const char c : std::to_string(n)) text += c == '-' ? "⁻" : kDigits[static_cast<size_t>(c - '0')];
  return text;
}

class TextStyle : public Style {
 public:
  Piece number(const std::string& digits, int exponent) const override {
    return {exponent == 0 ? digits : fmt::format("{}e{}", digits, exponent)};
  }

  Piece symbol(const std::string& name, const std::vector<std::string>& indices) const override {
    const bool squared = is_squared_name(name);
    const std::string_view letter = squared ? "σ²" : greek_letter(name);
    std::string text(letter.empty() ? std::string_view(name) : letter);
    // z_j, but W_{i,j} and z_{row}: otherwise the end of the subscript is a guess.
    if (indices.size() == 1 && characters(indices[0]) == 1) {
      text += "_" + indices[0];
    } else if (!indices.empty()) {
      text += fmt::format("_{{{}}}", fmt::join(indices, ","));
    }
    return {text, squared ? Binding::power : Binding::atom};
  }

  std::string pi() const override { return "π"; }
  std::string infinity() const override { return "∞"; }
  std::string parentheses(const std::string& inside) const override { return "(" + inside + ")"; }
  std::string plus() const override { return " + "; }
  std::string minus() const override { return " − "; }
  std::string negative() const override { return "−"; }
  std::string times() const override { return "·"; }

  Piece fraction(const Piece& above, const Piece& below) const override {
    const std::string left = above.open ? parentheses(above.text) : wrap(above, Binding::product);
    return {left + "/" + wrap(below, Binding::power), Binding::product};
  }

  Piece power(const Piece& base, int exponent) const override {
    return {wrap(base, Binding::call) + superscript(exponent), Binding::power};
  }

  Piece call(Function function, const Piece& x) const override {
    if (function == Function::sqrt) return {"√" + wrap(x, Binding::atom), Binding::power};
    if (function == Function::abs) return {"|" + x.text + "|"};
    return {fmt::format("{}({})", function_name(function), x.text), Binding::call};
  }

  Piece where(const std::string& condition, const std::string& then, const std::string& otherwise) const override {
    return {fmt::format("{{{} if {}, else {}}}", then, condition, otherwise)};
  }
  std::string relation(const std::string& left, char sign, const std::string& right) const override {
    return fmt::format("{} {} {}", left, sign, right);
  }
  std::string is_a_number(const std::string& x) const override { return x + " is a number"; }

  Piece kronecker(const std::string& i, const std::string& j) const override {
    return {fmt::format("[{} = {}]", i, j)};
  }
  Piece index_value(const std::string& index) const override { return {index}; }

  std::string over(bool is_sum, const std::string& index) const override {
    const std::string under = characters(index) == 1 ? index : "{" + index + "}";
    return fmt::format("{}_{} ", is_sum ? "Σ" : "max", under);
  }
};

}  // namespace

const Style& text_style() {
  static const TextStyle style;
  return style;
}

}  // namespace retrograd::formula
