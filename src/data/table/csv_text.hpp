// The text of a CSV file, where its rows begin, and how one field is read; shared by the reader and by later look-ups.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/files/file_bytes.hpp"
#include "data/table/table.hpp"
#include "retrograd/data.hpp"

namespace retrograd {

/// Why a row cannot be read, and where: becomes an Error, or a row that is left out.
struct RowError {
  const char* place;
  std::string why;
};

/// Rows are at most this long: where more follows an opening quote, it was never closed.
inline constexpr size_t kLongestRow = size_t{16} << 20;

struct CsvTextOptions {
  char separator = 0;  ///< 0: detected
  std::vector<std::string> missing;
  bool tolerant =
      false;  ///< a row whose quote is not closed ends with its first line; reading its fields throws RowError
  char decimal = '.';
};

/// One piece of a file that is read piece by piece.
struct CsvPiece {
  const std::vector<std::string>* names = nullptr;  ///< of the header; null: it is in this piece
  int64_t line = 1;                                 ///< of the first byte
  bool more = false;                                ///< text follows: a last row that may not be whole is left for it
};

class CsvText {
 public:
  /// Takes the content of `path`, or of a piece of it; finds the separator (unless given) and the rows. Throws Error,
  /// naming the line, for what is wrong with the text or the header.
  CsvText(std::string path, FileBytes bytes, CsvTextOptions options, const CsvPiece& piece = {});

  const std::string& path() const { return path_; }
  char separator() const { return separator_; }
  char decimal() const { return decimal_; }
  /// Whether the header is known: not if this piece ends within it.
  bool has_names() const { return !names_.empty(); }
  /// Rows below the header.
  int64_t rows() const { return has_names() ? static_cast<int64_t>(starts_.size() - header_) : 0; }
  /// How many bytes the rows take; what follows them belongs to the next piece.
  size_t used() const { return used_; }
  const std::vector<std::string>& names() const { return names_; }
  const char* row(int64_t row) const { return bytes_.data.get() + starts_[static_cast<size_t>(row) + header_]; }
  /// The line (from 1) of a place in the text.
  int64_t line(const char* place) const;
  bool is_missing(std::string_view text) const {
    return text.empty() || (may_be_missing_[static_cast<unsigned char>(text[0])] && compare_missing(text));
  }
  /// Throws the Error that says so, with the line.
  [[noreturn]] void refuse(const RowError& error) const;
  /// Leaves out rows, given ascending; the others move up.
  void drop(const std::vector<int64_t>& rows);
  /// Whether a missing string is a number: then each number must be compared as text before it is read.
  bool missing_numbers() const { return missing_numbers_; }

  /// Reads the field at `p` and leaves `p` on its end: the separator, or the LF or CR LF of the line. Blanks around it
  /// are dropped. A quoted field with "" inside is unescaped into `store`, or left escaped if that is null. Throws
  /// RowError for a quote that is not closed or is followed by text.
  std::string_view field(const char*& p, std::deque<std::string>* store) const {
    while (is_blank(*p)) ++p;
    if (*p == '"') return quoted_field(p, store);
    const char* begin = p;
    while (*p != separator_ && *p != '\n') ++p;
    const char* end = p;
    if (*p == '\n' && end > begin && end[-1] == '\r') p = --end;
    while (end > begin && is_blank(end[-1])) --end;
    return {begin, static_cast<size_t>(end - begin)};
  }
  bool is_blank(char c) const { return (c == ' ' || c == '\t') && c != separator_; }
  static bool at_line_end(const char* p) { return *p == '\n' || (*p == '\r' && p[1] == '\n'); }

  /// Columns of all rows as texts, with missing as -1: one reading for all of them. `wanted`: index (ascending) and
  /// where to.
  void columns(const std::vector<std::pair<int, TextColumn*>>& wanted) const;
  /// The lines in which the rows begin.
  RowLines lines() const;

 private:
  void check_is_text() const;
  void check_separators(char detected) const;
  /// How often nearly all of the first rows have one of , ; tab | at least; 0 if they have none.
  int separators_below() const;
  void find_rows(bool more);
  void read_header();
  const char* row_end(const char* p) const;
  bool may_go_on(const char* row) const { return static_cast<size_t>(bytes_.end() - row) < kLongestRow; }
  bool compare_missing(std::string_view text) const;
  const char* closing_quote(const char* open) const;
  std::string_view quoted_field(const char*& p, std::deque<std::string>* store) const;

  std::string path_;
  FileBytes bytes_;
  const char* begin_;  ///< behind the byte order mark
  char separator_, decimal_;
  std::vector<std::string> missing_;
  std::array<bool, 256> may_be_missing_{};  ///< by first byte; blanks, which are trimmed, included
  size_t longest_missing_ = 0;
  bool missing_numbers_ = false;
  bool has_quotes_ = false, tolerant_ = false;
  int64_t first_line_ = 1;
  size_t header_ = 1, used_ = 0;
  std::vector<uint64_t> starts_;  ///< offsets of the header, if it is here, and of every row
  std::vector<std::string> names_;
};

/// The separator of the text: of , ; tab | the one that the header has most of among those that every line sampled has
/// as often as the header, then those of the header, then space if all lines agree; a comma if none occurs. With a
/// decimal comma the comma comes last, and a semicolon is taken if none occurs.
char detect_separator(std::string_view text, char decimal = '.');

}  // namespace retrograd
