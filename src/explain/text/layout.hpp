// Text for a terminal: how wide it is, where it breaks, what colour it has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retrograd::text {

/// What a piece of text is about; each has a colour on a terminal that shows colours.
enum class Ink { plain, title, soft, forward, backward, mark, good, bad };

/// Columns that UTF-8 text takes on a terminal: 2 for wide characters, 0 for combining ones and for colours.
int width_of(std::string_view text);

/// Foreign text made safe to print: control characters, invisible direction marks and bytes that are not UTF-8 become
/// U+FFFD, so that no name of a column or class can move the cursor or colour the screen.
std::string clean(std::string_view foreign);
/// At most `columns` wide, with … at the end where something was cut.
std::string cut(std::string_view text, int columns);
/// Filled with spaces to `columns` on the right or the left.
std::string left(std::string_view text, int columns);
std::string right(std::string_view text, int columns);

/// `value` with `digits` significant digits and a true minus sign: "−0.7503", "1.2e−5", "4". NaN is "nan".
std::string number(double value, int digits = 4);
/// The same for a factor or a term: negative numbers in parentheses.
std::string factor(double value, int digits = 4);
/// The same with its sign always shown.
std::string signed_number(double value, int digits = 4);
/// 12,345
std::string count(long long value);
/// "layer₃" for ("layer", 3).
std::string subscript(long long value);

/// Gathers lines of at most `columns`.
class Page {
 public:
  explicit Page(bool colour, int columns = 80) : colour_(colour), columns_(columns) {}

  /// `text` in that ink; the text itself if the page has no colour.
  std::string ink(Ink ink, std::string_view text) const;
  int columns() const { return columns_; }

  void blank();
  /// A section's title, underlined.
  void title(std::string_view text);
  /// Words broken between spaces; lines after the first start `hang` columns further right. A no-break space (U+00A0)
  /// is written as a space.
  void words(std::string_view text, int indent = 0, int hang = 0);
  /// "left = right" lines: later lines align behind the first "= ".
  void equation(std::string_view left, const std::vector<std::string>& rights, int indent = 2);
  /// Exactly as it is; anything beyond the last column is cut.
  void line(std::string_view text);
  /// Rows of cells in columns that are as wide as their widest cell; `right_aligned` has one letter a column, l or r.
  void table(const std::vector<std::vector<std::string>>& rows, std::string_view alignment, int indent = 2,
             bool header = true);

  const std::string& str() const { return text_; }

 private:
  bool colour_;
  int columns_;
  std::string text_;
};

}  // namespace retrograd::text
