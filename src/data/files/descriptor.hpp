// An open file, and whole reads and writes of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace retrograd {

class Descriptor {
 public:
  /// Takes what open returned; a negative one is a file that could not be opened.
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  bool is_open() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Reads up to `bytes` from a place (or, `at` negative, from where the last such read ended): fewer only at the end of
/// the file. Negative on an error, with errno set.
int64_t read_some(const Descriptor& file, int64_t at, void* to, size_t bytes);
/// Writes all bytes at a place; false on an error, with errno set.
bool write_all(const Descriptor& file, int64_t at, const void* from, size_t bytes);

}  // namespace retrograd
