// Writing CSV text (RFC 4180 quoting, LF line ends).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retrograd {

/// Builds CSV text field by field: comma-separated, quoted only where a reader would else take it differently.
class CsvWriter {
 public:
  void field(std::string_view text);
  /// The shortest decimals that read back as the same number; empty for NaN.
  void field(float value);
  void field(double value);
  void field(int64_t value);
  void end_row();
  void row(const std::vector<std::string>& fields);

  const std::string& text() const { return text_; }

 private:
  void separate();
  std::string text_;
  bool first_ = true;
};

}  // namespace retrograd
