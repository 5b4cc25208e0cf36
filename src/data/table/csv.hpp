// The CSV reader.
//
// Rules. The first line is the header. Fields are separated by one character: , ; tab | or space, found from the first
// lines unless given. A field whose first character (blanks aside) is " runs to the closing "; inside, "" is one " and
// separators and line ends are text. Blanks around a field are dropped, inside quotes they are kept. Lines end in LF or
// CR LF; empty lines are skipped; a byte order mark is skipped. A field is missing when it is empty or equals, exactly
// and case included, one of the missing strings; quotes make no difference ("NA" in quotes is missing, "5" is a
// number). A column is numeric when every value present is a number (parse_number), else it is text. Where numbers have
// a decimal comma, a field with a point is none; in quotes they may have it also between commas.
#pragma once

#include <string>
#include <vector>

#include "data/table/csv_text.hpp"
#include "data/table/table.hpp"
#include "retrograd/data.hpp"

namespace retrograd {

struct CsvOptions {
  char separator = 0;  ///< 0: detected
  std::vector<std::string> missing = default_missing();
  int threads = 2;                       ///< at most this many; the table does not depend on it
  OnBadRow on_bad_row = OnBadRow::fail;  ///< of rows whose fields cannot be told apart
  char decimal = '.';                    ///< or ','
};

/// How training data are read, and other data for a model of this dataspec.
CsvOptions csv_options(const DataOptions& options);
CsvOptions csv_options(const DataSpec& spec, const ReadOptions& options = {});

/// Reads a table of at least one row. Throws Error, naming the line, for a missing or empty file, a directory, a file
/// with only a header, a row with too few or too many fields, a quote that is not closed or is followed by text, two
/// columns of one name, and content that is not text.
Table read_csv(const std::string& path, const CsvOptions& options = {});

/// The table of a text, or of a piece of one (then perhaps without rows, and with more bad rows than good ones).
Table read_rows(std::shared_ptr<CsvText> csv, const CsvOptions& options);

}  // namespace retrograd
