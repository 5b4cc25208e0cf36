// TensorBoard event files: TFRecords of Event messages, written as a run goes on.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace retrograd::report {

/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78; RFC 3720, appendix B.4 has test values).
uint32_t crc32c(std::string_view bytes);

/// One TFRecord: length (8 bytes), its masked CRC-32C, the bytes, their masked CRC-32C; all little-endian. The mask is
/// ((crc >> 15) | (crc << 17)) + 0xa282ead8 (tensorflow/core/lib/hash/crc32c.h).
std::string tf_record(std::string_view bytes);

/// An Event with a wall time in seconds, a step and scalar summaries (tensorflow/core/util/event.proto: wall_time 1,
/// step 2, file_version 3, summary 5; summary.proto: value 1 with tag 1 and simple_value 2). A wrong tag byte sequence
/// is the caller's: tags must be UTF-8.
std::string scalar_event(double wall_time, int64_t step, const std::vector<std::pair<std::string, double>>& scalars);
/// The first event of a file.
std::string version_event(double wall_time);

/// Appends to DIR/events.out.tfevents.TIME.retrograd; each append is flushed, so that TensorBoard can follow.
class EventFile {
 public:
  /// Makes the folder. Throws Error naming it if it cannot be written. `wall_time`: seconds since 1970.
  EventFile(const std::string& folder, double wall_time);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;
  /// Throws Error naming the file.
  void append(double wall_time, int64_t step, const std::vector<std::pair<std::string, double>>& scalars);
  const std::string& path() const { return path_; }

 private:
  void write(const std::string& record);
  std::string path_;
  std::FILE* file_ = nullptr;
};

}  // namespace retrograd::report
