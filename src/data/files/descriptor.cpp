#include "data/files/descriptor.hpp"

#include <unistd.h>

#include <cerrno>

namespace retrograd {

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

int64_t read_some(const Descriptor& file, int64_t at, void* to, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    char* const next = static_cast<char*>(to) + done;
    const ssize_t got = at < 0 ? read(file.get(), next, bytes - done)
                               : pread(file.get(), next, bytes - done, at + static_cast<int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return static_cast<int64_t>(done);
}

bool write_all(const Descriptor& file, int64_t at, const void* from, size_t bytes) {
  const char* next = static_cast<const char*>(from);
  while (bytes > 0) {
    const ssize_t done = pwrite(file.get(), next, bytes, at);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    next += done;
    at += done;
    bytes -= static_cast<size_t>(done);
  }
  return true;
}

}  // namespace retrograd
