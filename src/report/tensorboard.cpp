#include "report/tensorboard.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/fail.hpp"

namespace retrograd::report {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

std::array<uint32_t, 256> crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78U : crc >> 1;
    table[byte] = crc;
  }
  return table;
}

template <class T>
std::string raw(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

std::string masked_crc(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return raw(((crc >> 15) | (crc << 17)) + 0xa282ead8U);
}

// The wire format: a field's key is number·8 + wire type (0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes).
std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>((value & 127) | 128);
  return bytes + static_cast<char>(value);
}
std::string key(unsigned field, unsigned wire) { return varint(field * 8 + wire); }
std::string delimited(unsigned field, std::string_view bytes) {
  return key(field, 2) + varint(bytes.size()) + std::string(bytes);
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static const std::array<uint32_t, 256> table = crc_table();
  uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(c)) & 255U];
  return ~crc;
}

std::string tf_record(std::string_view bytes) {
  const std::string length = raw(static_cast<uint64_t>(bytes.size()));
  return length + masked_crc(length) + std::string(bytes) + masked_crc(bytes);
}

std::string version_event(double wall_time) { return key(1, 1) + raw(wall_time) + delimited(3, "brain.Event:2"); }

std::string scalar_event(double wall_time, int64_t step, const std::vector<std::pair<std::string, double>>& scalars) {
  std::string summary;
  for (const auto& [tag, value] : scalars)
    summary += delimited(1, delimited(1, tag) + key(2, 5) + raw(static_cast<float>(value)));
  return key(1, 1) + raw(wall_time) + key(2, 0) + varint(static_cast<uint64_t>(step)) + delimited(5, summary);
}

EventFile::EventFile(const std::string& folder, double wall_time) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail("{}: cannot make the folder for TensorBoard: {}", folder, error.message());
  path_ = fmt::format("{}/events.out.tfevents.{:.0f}.retrograd", folder, wall_time);
  file_ = std::fopen(path_.c_str(), "ab");
  if (file_ == nullptr) fail("{}: cannot write there: {}", path_, std::strerror(errno));
  write(version_event(wall_time));
}

EventFile::~EventFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void EventFile::append(double wall_time, int64_t step, const std::vector<std::pair<std::string, double>>& scalars) {
  write(scalar_event(wall_time, step, scalars));
}

void EventFile::write(const std::string& event) {
  const std::string record = tf_record(event);
  if (std::fwrite(record.data(), 1, record.size(), file_) != record.size() || std::fflush(file_) != 0)
    fail("{}: cannot write: {}", path_, std::strerror(errno));
}

}  // namespace retrograd::report
