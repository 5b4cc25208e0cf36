// A file without a name, for numbers that do not fit into memory: gone when it is closed, however the program ends.
#pragma once

#include <string>

#include "data/files/descriptor.hpp"

namespace retrograd {

class ScratchFile {
 public:
  /// In the folder of `beside`. Throws Error if none can be made there.
  explicit ScratchFile(const std::string& beside);

  /// Writes at the end; returns where. Throws Error (disk full, …) naming the folder.
  int64_t append(const void* data, size_t bytes);
  /// Reads what was written. Throws Error if it cannot be read.
  void read(int64_t at, void* to, size_t bytes) const;
  int64_t size() const { return size_; }
  const Descriptor& file() const { return file_; }

 private:
  std::string folder_;
  Descriptor file_;
  int64_t size_ = 0;
};

}  // namespace retrograd
