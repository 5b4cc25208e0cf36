#include "data/files/zip.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "base/fail.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

constexpr uint32_t kEndSignature = 0x06054b50, kEnd64Signature = 0x06064b50, kLocator64Signature = 0x07064b50;
constexpr uint32_t kCentralSignature = 0x02014b50, kLocalSignature = 0x04034b50;
constexpr uint64_t kEndSize = 22, kLocator64Size = 20, kEnd64Size = 56, kCentralSize = 46, kLocalSize = 30;
constexpr uint64_t kBestRatio = 1032;  // deflate cannot pack better (zlib's technical details)

/// Little-endian numbers at checked offsets.
class Reader {
 public:
  Reader(const FileBytes& bytes, const std::string& path) : bytes_(bytes), path_(path) {}
  uint64_t size() const { return bytes_.size; }
  void need(uint64_t offset, uint64_t count) const {
    if (offset > bytes_.size || count > bytes_.size - offset) {
      fail("{}: the zip archive is truncated or corrupt (it points beyond its end)", path_);
    }
  }
  template <class T>
  T number(uint64_t offset) const {
    need(offset, sizeof(T));
    T value;
    std::memcpy(&value, bytes_.begin() + offset, sizeof(T));
    return value;
  }
  const char* at(uint64_t offset, uint64_t count) const {
    need(offset, count);
    return bytes_.begin() + offset;
  }

 private:
  const FileBytes& bytes_;
  const std::string& path_;
};

/// The offset of the end record: the last one whose comment reaches exactly to the end of the file.
uint64_t find_end(const Reader& zip, const std::string& path) {
  if (zip.size() >= kEndSize) {
    const uint64_t last = zip.size() - kEndSize, first = last > 65535 ? last - 65535 : 0;
    for (uint64_t at = last + 1; at-- > first;) {
      if (zip.number<uint32_t>(at) == kEndSignature && zip.number<uint16_t>(at + 20) == zip.size() - at - kEndSize)
        return at;
    }
  }
  fail("{} is not a zip archive, or is truncated: its directory is missing", path);
}

/// Replaces the sizes that are all ones by those of the zip64 extra field (id 1), in the order in which it holds them.
void read_zip64(const Reader& zip, uint64_t at, uint64_t length, ZipMember& member) {
  const uint64_t end = at + length;
  while (at + 4 <= end) {
    const auto id = zip.number<uint16_t>(at);
    const auto size = zip.number<uint16_t>(at + 2);
    at += 4;
    if (id == 1) {
      uint64_t field = at;
      for (uint64_t* value : {&member.unpacked, &member.packed, &member.header}) {
        if (*value != 0xFFFFFFFFu) continue;
        *value = zip.number<uint64_t>(field);
        field += 8;
      }
    }
    at += size;
  }
}

}  // namespace

std::vector<ZipMember> zip_members(const FileBytes& archive, const std::string& path) {
  const Reader zip(archive, path);
  const uint64_t end = find_end(zip, path);
  uint64_t count = zip.number<uint16_t>(end + 10), at = zip.number<uint32_t>(end + 16);
  if (end >= kLocator64Size && zip.number<uint32_t>(end - kLocator64Size) == kLocator64Signature) {
    const auto end64 = zip.number<uint64_t>(end - kLocator64Size + 8);
    zip.need(end64, kEnd64Size);
    if (zip.number<uint32_t>(end64) != kEnd64Signature) fail("{}: the zip archive is corrupt (zip64 directory)", path);
    count = zip.number<uint64_t>(end64 + 32);
    at = zip.number<uint64_t>(end64 + 48);
  }
  std::vector<ZipMember> members;
  for (uint64_t i = 0; i < count; ++i) {
    zip.need(at, kCentralSize);
    if (zip.number<uint32_t>(at) != kCentralSignature) fail("{}: the zip archive is corrupt (directory)", path);
    ZipMember member;
    member.method = zip.number<uint16_t>(at + 10);
    member.crc = zip.number<uint32_t>(at + 16);
    member.packed = zip.number<uint32_t>(at + 20);
    member.unpacked = zip.number<uint32_t>(at + 24);
    member.header = zip.number<uint32_t>(at + 42);
    const uint64_t name = zip.number<uint16_t>(at + 28), extra = zip.number<uint16_t>(at + 30);
    const uint64_t comment = zip.number<uint16_t>(at + 32);
    member.name.assign(zip.at(at + kCentralSize, name), name);
    zip.need(at + kCentralSize + name, extra);
    read_zip64(zip, at + kCentralSize + name, extra, member);
    if (zip.number<uint16_t>(at + 8) & 1) fail("{}: member {} is encrypted", path, in_quotes(member.name));
    members.push_back(std::move(member));
    at += kCentralSize + name + extra + comment;
  }
  return members;
}

FileBytes zip_read(const FileBytes& archive, const ZipMember& member, const std::string& path) {
  const Reader zip(archive, path);
  const std::string what = fmt::format("{}: member {}", path, in_quotes(member.name));
  zip.need(member.header, kLocalSize);
  if (zip.number<uint32_t>(member.header) != kLocalSignature) fail("{} is corrupt (local header)", what);
  const uint64_t start =
      member.header + kLocalSize + zip.number<uint16_t>(member.header + 26) + zip.number<uint16_t>(member.header + 28);
  const char* packed = zip.at(start, member.packed);
  const bool deflated = member.method == 8;
  if (!deflated && member.method != 0)
    fail("{} is packed by method {}; 0 (stored) and 8 (deflate) are read", what, member.method);
  if (deflated ? member.unpacked / kBestRatio > member.packed : member.unpacked != member.packed) {
    fail("{} is corrupt: {} bytes cannot come from {}", what, member.unpacked, member.packed);
  }

  FileBytes out;
  out.size = member.unpacked;
  out.data = LargeBuffer<char>(out.size + FileBytes::kPadding);
  std::memset(out.data.get() + out.size, 0, FileBytes::kPadding);
  if (!deflated) {
    std::memcpy(out.data.get(), packed, out.size);
  } else {
    z_stream stream{};
    if (inflateInit2(&stream, -15) != Z_OK) fail("cannot unpack {}: out of memory", what);
    uint64_t in = 0, written = 0;
    int result = Z_OK;
    while (result == Z_OK) {
      const auto give = static_cast<uInt>(std::min<uint64_t>(member.packed - in, 1u << 30));
      const auto room = static_cast<uInt>(std::min<uint64_t>(out.size - written, 1u << 30));
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed + in));
      stream.avail_in = give;
      stream.next_out = reinterpret_cast<Bytef*>(out.data.get() + written);
      stream.avail_out = room;
      result = inflate(&stream, Z_NO_FLUSH);
      in += give - stream.avail_in;
      written += room - stream.avail_out;
      if (result == Z_OK && give == stream.avail_in && room == stream.avail_out) result = Z_BUF_ERROR;
    }
    inflateEnd(&stream);
    if (result != Z_STREAM_END || written != out.size) fail("{} is truncated or corrupt (deflate data)", what);
  }
  if (crc32_z(0, reinterpret_cast<const Bytef*>(out.data.get()), out.size) != member.crc) {
    fail("{} is corrupt: its checksum differs", what);
  }
  return out;
}

}  // namespace retrograd
