// What reading a table into memory will take, told from its size and its first rows.
#pragma once

#include <string>

#include "data/table/csv.hpp"

namespace retrograd {

/// Bytes at the peak of reading a table: its text, its columns, and the encoded numbers.
struct TableMemory {
  double bytes = 0, rows = 0;
  int columns = 0;
};

/// About what `path` will take, from its first `sample` bytes of text; of gzip the size unpacked is a guess from them
/// too. Nothing (0 bytes) if these cannot be read: the reader will say why.
TableMemory memory_of_table(const std::string& path, const CsvOptions& options, size_t sample = size_t{1} << 20);

/// Throws Error, with the numbers and what to do, if that does not fit.
void require_memory_of_table(const std::string& path, const CsvOptions& options);

}  // namespace retrograd
