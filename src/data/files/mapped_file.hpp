// Numbers in a file, mapped: read like memory, and kept out of it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "data/files/descriptor.hpp"

namespace retrograd {

/// A read-only mapping. Pages that were read stay mapped until they are let go of; a thread looks every few
/// milliseconds and lets go of all of them when the process has more than `memory` bytes of files mapped. (They stay in
/// the system's page cache as long as it has room, so reading them again costs microseconds; whoever holds a span
/// notices nothing.)
class MappedFile {
 public:
  /// As `memory`: pages stay until forget().
  static constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

  /// Maps `bytes` of an open file from `at` on; the file may be closed after. `name` is for messages. Throws
  /// Error if it cannot be mapped.
  MappedFile(const Descriptor& file, int64_t at, size_t bytes, std::string name, size_t memory);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const float> floats() const { return {reinterpret_cast<const float*>(begin_), bytes_ / sizeof(float)}; }
  std::span<const uint8_t> bytes() const { return {reinterpret_cast<const uint8_t*>(begin_), bytes_}; }
  /// The file, which stays open, and where the mapping begins in it: for other processes of this user, as
  /// /proc/PROCESS/fd/DESCRIPTOR.
  int descriptor() const { return file_.get(); }
  int64_t place() const { return at_; }
  /// How much of it may be in memory.
  size_t memory() const { return memory_; }
  const std::string& name() const { return name_; }
  /// Lets go of all pages.
  void forget() const;

 private:
  void watch();

  Descriptor file_;
  int64_t at_;
  char* base_ = nullptr;   ///< of the mapping, at a whole page
  char* begin_ = nullptr;  ///< of the numbers in it
  size_t mapped_ = 0, bytes_;
  std::string name_;
  size_t memory_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopped_ = false;
  std::thread watcher_;
};

/// Bytes of files that this process has mapped and in memory (RssFile of /proc/self/status, by way of statm).
size_t resident_file_bytes();

}  // namespace retrograd
