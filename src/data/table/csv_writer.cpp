#include "data/table/csv_writer.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace retrograd {

void CsvWriter::separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

void CsvWriter::field(std::string_view text) {
  separate();
  // Blanks at the ends would be trimmed by a reader. An empty field is quoted, so that a row of one is no blank line.
  const bool plain = !text.empty() && text.find_first_of("\",\r\n") == std::string_view::npos && text.front() != ' ' &&
                     text.front() != '\t' && text.back() != ' ' && text.back() != '\t';
  if (plain) {
    text_ += text;
    return;
  }
  text_ += '"';
  for (const char c : text) {
    if (c == '"') text_ += '"';
    text_ += c;
  }
  text_ += '"';
}

void CsvWriter::field(float value) {
  separate();
  if (!std::isnan(value)) fmt::format_to(std::back_inserter(text_), "{}", value);
}

void CsvWriter::field(double value) {
  separate();
  if (!std::isnan(value)) fmt::format_to(std::back_inserter(text_), "{}", value);
}

void CsvWriter::field(int64_t value) {
  separate();
  fmt::format_to(std::back_inserter(text_), "{}", value);
}

void CsvWriter::end_row() {
  text_ += '\n';
  first_ = true;
}

void CsvWriter::row(const std::vector<std::string>& fields) {
  for (const std::string& f : fields) field(f);
  end_row();
}

}  // namespace retrograd
