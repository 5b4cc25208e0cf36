// A CSV file as a table whose columns lie in a temporary file and are loaded one at a time: inference by the same code,
// in memory bounded by a column instead of by the file.
#pragma once

#include "data/table/csv_stream.hpp"
#include "data/table/table.hpp"

namespace retrograd {

struct StreamOptions {
  CsvOptions csv;
  std::vector<std::string> ignore;       ///< of these columns the texts need not be kept
  size_t piece = CsvStream::kPiece;      ///< bytes of text that are read at a time
  size_t most_text = size_t{128} << 20;  ///< bytes for the different texts of all columns
};

struct StreamedTable {
  Table table;
  std::string hash;  ///< of the file
};

/// Reads all of `path` once, and once more if columns that begin with numbers turn out to hold text. The temporary file
/// (8 bytes a number, 4 a text) is made beside `beside` and has no name. Throws Error as read_csv does, when it cannot
/// be written, and when a column that is not ignored has more different texts than fit.
StreamedTable stream_table(const std::string& path, const StreamOptions& options, const std::string& beside);

}  // namespace retrograd
