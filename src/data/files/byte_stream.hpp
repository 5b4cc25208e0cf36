// The bytes of a file in order, unpacked if it is gzip, without ever holding the whole of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/fingerprint.hpp"
#include "data/files/descriptor.hpp"

namespace retrograd {

class ByteStream {
 public:
  static constexpr size_t kChunk = size_t{1} << 20;  ///< bytes read at a time where the size is free
  /// Throws Error when the file is missing, unreadable or a directory.
  explicit ByteStream(std::string path);
  ~ByteStream();

  /// Fills `to` as far as there are bytes; fewer than `size` only at the end. Throws Error for read errors, and gzip
  /// that is corrupt or ends too early.
  size_t read(char* to, size_t size);
  /// How much came out of each byte so far: 1 unless they are packed.
  double unpacked_per_byte() const;
  /// Hash of the bytes of the file (packed, if they are) read so far.
  std::string hash() const { return hash_.hex(); }

 private:
  size_t read_raw(char* to, size_t size);

  struct Gzip;
  std::string path_;
  Descriptor file_;
  Fingerprint hash_;
  std::unique_ptr<Gzip> gzip_;
  std::string head_;  ///< bytes looked at to tell gzip from text
};

/// Hash of all bytes of a file, as they are. Throws Error if it cannot be read.
std::string file_hash(const std::string& path);

}  // namespace retrograd
