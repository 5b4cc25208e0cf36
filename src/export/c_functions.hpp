// The C functions that exported source is made of (src/export/c), each written only where it is called.
#pragma once

#include <set>
#include <string>

namespace retrograd::c_source {

class Functions {
 public:
  /// Asks for a section and what it needs.
  void need(const std::string& section);
  bool has(const std::string& section) const { return needed_.contains(section); }
  /// Headers, types, and the functions asked for, but for those of texts.
  std::string text(bool single) const;
  /// Those that turn a text into its category; they refer to `missing_texts`.
  std::string category_text() const;

 private:
  std::set<std::string> needed_;
};

}  // namespace retrograd::c_source
