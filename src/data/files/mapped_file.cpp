#include "data/files/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "base/fail.hpp"

namespace retrograd {
namespace {

constexpr auto kLook = std::chrono::milliseconds(4);  // about 20 MB at the speed of memory

size_t page_size() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

size_t resident_file_bytes() {
  static const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  char text[128] = {};
  long size = 0, resident = 0, shared = 0;
  if (file < 0 || pread(file, text, sizeof text - 1, 0) <= 0) return 0;
  if (std::sscanf(text, "%ld %ld %ld", &size, &resident, &shared) != 3) return 0;
  return static_cast<size_t>(shared) * page_size();
}

MappedFile::MappedFile(const Descriptor& file, int64_t at, size_t bytes, std::string name, size_t memory)
    : file_(fcntl(file.get(), F_DUPFD_CLOEXEC, 0)), at_(at), bytes_(bytes), name_(std::move(name)), memory_(memory) {
  const int64_t start = at / static_cast<int64_t>(page_size()) * static_cast<int64_t>(page_size());
  mapped_ = bytes + static_cast<size_t>(at - start);
  void* place = mmap(nullptr, mapped_, PROT_READ, MAP_SHARED, file.get(), start);
  if (place == MAP_FAILED)
    fail(
        "{}: {} MiB cannot be mapped: {} (a limit of the address space, ulimit -v, counts mapped files; limit resident "
        "memory instead: ulimit -d, or a control group)",
        name_, mapped_ >> 20, std::strerror(errno));
  base_ = static_cast<char*>(place);
  begin_ = base_ + (at - start);
  if (memory == kNoLimit) return;
  try {
    watcher_ = std::thread([this] { watch(); });
  } catch (const std::system_error&) {  // no thread to be had: the kernel reclaims pages when it must
  }
}

MappedFile::~MappedFile() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stop_.notify_one();
  if (watcher_.joinable()) watcher_.join();
  munmap(base_, mapped_);
}

void MappedFile::forget() const { madvise(base_, mapped_, MADV_DONTNEED); }

void MappedFile::watch() {
  const size_t program = resident_file_bytes();  // the program's own pages, and those of libraries
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, kLook, [&] { return stopped_; }))
    if (resident_file_bytes() > program + memory_ / 2) forget();
}

}  // namespace retrograd
