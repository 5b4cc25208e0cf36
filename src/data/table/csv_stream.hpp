// A CSV file piece by piece: each piece is a table of whole rows, and no more than one is in memory.
#pragma once

#include <optional>

#include "data/files/byte_stream.hpp"
#include "data/table/csv.hpp"

namespace retrograd {

class CsvStream {
 public:
  static constexpr size_t kPiece = size_t{8} << 20;

  /// `piece`: bytes of text that are read at a time.
  CsvStream(std::string path, CsvOptions options, size_t piece = kPiece);

  /// The next rows, or nothing at the end. Throws Error as read_csv does, with the lines of the file.
  std::optional<Table> next();
  const std::vector<std::string>& names() const { return names_; }
  /// Bytes of text of all rows so far, the header's included.
  size_t bytes_read() const { return used_; }
  /// How much text a byte of the file gives, so far: 1 unless it is packed.
  double unpacked_per_byte() const { return bytes_.unpacked_per_byte(); }
  /// Hash of the file; after the end.
  std::string hash() const { return bytes_.hash(); }

 private:
  std::string path_;
  CsvOptions options_;
  size_t piece_;
  ByteStream bytes_;
  std::vector<std::string> names_;
  std::string rest_;  ///< what the piece before left over
  int64_t line_ = 1;
  size_t used_ = 0;
  bool ended_ = false;
};

}  // namespace retrograd
