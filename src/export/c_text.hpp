// Names, literals and comments of C source, from texts that may hold anything.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace retrograd::c_source {

/// Whether `text` can be the name of something in C: letters, digits and _, no keyword.
bool is_identifier(std::string_view text);

/// A string literal, quotes included; bytes beyond plain ASCII as octal escapes.
std::string literal(std::string_view text);

/// For a comment: control characters and what could end it become '_'.
std::string comment(std::string_view text);

/// The shortest literal that reads back as `value`, which must be finite; `f` appended for float. NAN for NaN.
std::string number(float value);
std::string number(double value);

/// Hands out identifiers that differ from each other.
class Identifiers {
 public:
  /// `prefix` and `wish`, all but letters and digits replaced, numbered if taken.
  std::string fresh(std::string_view prefix, std::string_view wish);

 private:
  std::set<std::string> taken_;
};

/// `items` between braces, wrapped at 120 columns.
std::string braces(const std::vector<std::string>& items);

}  // namespace retrograd::c_source
