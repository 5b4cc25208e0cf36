// A table in memory, column by column, as read from a file or given as numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/files/large_buffer.hpp"
#include "data/table/bad_row_list.hpp"
#include "retrograd/data.hpp"

namespace retrograd {

class CsvText;

/// A column of texts: `codes[row]` is an index into `texts` (in order of first appearance), or -1 for missing.
struct TextColumn {
  std::vector<int32_t> codes;
  std::vector<std::string_view> texts;
  std::shared_ptr<const void> owner;  ///< what keeps the texts alive
};

/// One column: numbers when every value present is a number, else texts.
struct TableColumn {
  std::string name;
  bool numeric = true;
  LargeBuffer<double> numbers;  ///< one a row, NaN for missing; none for a text column
  TextColumn text;              ///< empty for a numeric column
};

/// Leaves out rows, given ascending, of a column of `count` rows. Codes of texts stay in order of first appearance.
void drop_rows(TableColumn& column, int64_t count, const std::vector<int64_t>& rows);

/// Makes a column of texts numeric if every text is a number (or there is none).
void to_numbers_if_all_are(TableColumn& column, int64_t rows, char decimal);

/// Where the columns of a table come from when they are not all in memory.
class ColumnSource {
 public:
  virtual ~ColumnSource() = default;
  /// Fills numbers or text of a column.
  virtual void load(int column, TableColumn& out) const = 0;
  /// As the members of Table.
  virtual std::string where(int64_t row) const = 0;
  /// The lines of the file in which these rows, given ascending, begin.
  virtual std::vector<int64_t> lines(const std::vector<int64_t>& rows) const = 0;
  virtual std::string field(int64_t row, int column) const = 0;
  virtual void texts(int column, TextColumn& out) const = 0;
  virtual char decimal() const = 0;
};

class Table {
 public:
  /// A table read from CSV text (used by read_csv), or without any `text`.
  Table(std::string path, int64_t rows, std::vector<TableColumn> columns, std::shared_ptr<CsvText> text,
        BadRows skipped = {});
  /// A table of numbers, `values[column][row]`, all columns equally long. `path` is for messages.
  Table(std::string path, const std::vector<std::string>& names, const std::vector<std::vector<double>>& values);

  /// A table of `columns` without numbers and codes: they are loaded when column() is first asked for them, and
  /// released by release(). Not for several threads.
  Table(std::shared_ptr<const ColumnSource> source, std::string path, int64_t rows, std::vector<TableColumn> columns,
        BadRows skipped = {});

  const std::string& path() const { return path_; }
  int64_t rows() const { return rows_; }
  const std::vector<TableColumn>& columns() const { return columns_; }
  const TableColumn& column(int index) const {
    if (source_ && !loaded_[static_cast<size_t>(index)]) load(index);
    return columns_[static_cast<size_t>(index)];
  }
  /// The column is not needed for now.
  void release(int index) const;
  /// Whether columns are loaded when they are needed.
  bool streamed() const { return source_ != nullptr; }
  /// Whether it was given by a program, not read from a file.
  bool in_memory() const { return source_ == nullptr && text_ == nullptr; }
  std::vector<std::string> names() const;
  /// The column of this name, or -1.
  int find(std::string_view name) const;

  /// The place of a row for messages: "data.csv, line 12", or "y.npy, row 3" (from 0) for arrays.
  std::string where(int64_t row) const;
  /// The lines in which the rows begin; empty if the table was not read from one text.
  RowLines lines() const;
  /// The text of one field as written in the file (trimmed, unquoted) or as given; empty if missing.
  std::string field(int64_t row, int column) const;
  /// The column as texts. For a numeric column the file is scanned again, so the texts are exact ("007" stays "007").
  TextColumn texts(int column) const;

  /// The decimal mark of numbers in the texts.
  char decimal() const;

  /// Rows of the file that are not here.
  const BadRows& skipped() const { return skipped_; }
  /// Leaves out more rows; the others move up, and columns whose texts are now all numbers become numeric. Of a
  /// streamed table no column is in memory then.
  void skip(const BadRowList& bad);

 private:
  std::string path_;
  int64_t rows_ = 0;
  void load(int index) const;
  void skip_streamed(const BadRowList& bad);

  mutable std::vector<TableColumn> columns_;
  std::shared_ptr<const ColumnSource> source_;  ///< null: all columns are here
  mutable std::vector<char> loaded_;
  std::vector<char> texts_in_source_;  ///< by column: text there, though all that is left may be numbers
  BadRows dropped_;                    ///< rows of the source that are left out
  BadRows skipped_;
  std::shared_ptr<CsvText> text_;  ///< null for data from memory
};

}  // namespace retrograd
