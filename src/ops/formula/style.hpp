// What differs between the notations; the walk over the tree (print.cpp) is one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ops/formula/node.hpp"

namespace retrograd::formula {

/// How tightly a printed piece holds together, loosest first.
enum class Binding { add, product, power, call, atom };

struct Piece {
  std::string text;
  Binding binding = Binding::atom;
  /// Ends in the body of a Σ, which would swallow a factor written after it.
  bool open = false;
};

class Style {
 public:
  virtual ~Style() = default;
  /// A finite number ≥ 0, as its shortest decimal digits, and the power of ten to multiply by (0: none).
  virtual Piece number(const std::string& digits, int exponent) const = 0;
  /// A name with subscripts; a Greek name is spelled in Greek, and "sigma2" is σ².
  virtual Piece symbol(const std::string& name, const std::vector<std::string>& indices) const = 0;
  virtual std::string pi() const = 0;
  virtual std::string infinity() const = 0;
  virtual std::string parentheses(const std::string& inside) const = 0;
  virtual std::string plus() const = 0;
  virtual std::string minus() const = 0;  ///< between terms
  virtual std::string negative() const = 0;
  virtual std::string times() const = 0;
  virtual Piece fraction(const Piece& above, const Piece& below) const = 0;
  virtual Piece power(const Piece& base, int exponent) const = 0;
  virtual Piece call(Function function, const Piece& x) const = 0;
  virtual Piece where(const std::string& condition, const std::string& then, const std::string& otherwise) const = 0;
  /// "left = right", "left < right", "left > right".
  virtual std::string relation(const std::string& left, char sign, const std::string& right) const = 0;
  virtual std::string is_a_number(const std::string& x) const = 0;
  virtual Piece kronecker(const std::string& i, const std::string& j) const = 0;
  virtual Piece index_value(const std::string& index) const = 0;
  /// Σ or max with its index; the body follows.
  virtual std::string over(bool is_sum, const std::string& index) const = 0;
  /// A whole formula.
  virtual std::string finish(const std::string& inside) const { return inside; }

  /// `piece`, in parentheses if it holds together less tightly than `least`.
  std::string wrap(const Piece& piece, Binding least) const {
    return piece.binding < least ? parentheses(piece.text) : piece.text;
  }
};

const Style& text_style();
const Style& latex_style();
const Style& mathml_style();

/// "exp", "log", …; "σ" where `greek`.
std::string_view function_name(Function function);
/// The letter "γ" of "gamma", empty if the name is not Greek.
std::string_view greek_letter(std::string_view name);
/// Characters of UTF-8 text.
size_t characters(std::string_view text);
/// The one name in which a digit is an exponent: "sigma2", a variance.
/// "a_drop" is an a below which stands drop: that place in the name, or npos for a name that begins or ends there.
inline size_t subscript_of(std::string_view name) {
  const size_t place = name.find('_');
  return place == 0 || place + 1 == name.size() ? std::string_view::npos : place;
}
inline bool is_squared_name(std::string_view name) { return name == "sigma2"; }

}  // namespace retrograd::formula
