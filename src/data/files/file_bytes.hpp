// A whole file in memory, unpacked if it is gzip.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "data/files/large_buffer.hpp"

namespace retrograd {

/// The content of a file. `kPadding` readable bytes follow it: a newline, then zeros, so that scanners need no end
/// test.
struct FileBytes {
  static constexpr size_t kPadding = 64;
  LargeBuffer<char> data;
  size_t size = 0;

  const char* begin() const { return data.get(); }
  const char* end() const { return data.get() + size; }
  std::string_view view() const { return {data.get(), size}; }
};

/// Reads all of `path`; content that starts as gzip (RFC 1952, several members allowed) is unpacked, whatever its name.
/// Throws Error when the file is missing, a directory, unreadable, empty, truncated or corrupt gzip, or larger than
/// the machine's memory.
FileBytes read_file(const std::string& path);

/// Reads all of `path` as it is. An empty file is allowed.
FileBytes read_raw_file(const std::string& path);

/// Unpacks gzip content; `path` is for messages.
FileBytes gunzip(std::string_view packed, const std::string& path);

}  // namespace retrograd
