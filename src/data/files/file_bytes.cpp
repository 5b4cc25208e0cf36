#include "data/files/file_bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/fail.hpp"
#include "base/memory.hpp"
#include "data/files/descriptor.hpp"

namespace retrograd {
namespace {

void check_fits(const std::string& path, size_t size) {
  require_memory(static_cast<double>(size), "reading " + path,
                 "use a smaller file, or for a table a cache (--cache FILE)");
}

/// Capacity for `size` bytes and the padding, not initialised: it is about to be overwritten.
LargeBuffer<char> allocate(size_t size) { return LargeBuffer<char>(size + FileBytes::kPadding); }

void pad(FileBytes& bytes) {
  std::memset(bytes.data.get() + bytes.size, 0, FileBytes::kPadding);
  bytes.data[bytes.size] = '\n';
}

void grow(FileBytes& bytes, size_t& capacity, const std::string& path) {
  check_fits(path, bytes.size);  // a second time, and as much again as is read from now on
  capacity *= 2;
  auto larger = allocate(capacity);
  std::memcpy(larger.get(), bytes.data.get(), bytes.size);
  bytes.data = std::move(larger);
}

class Inflater {
 public:
  Inflater() { ok_ = inflateInit2(&stream, 15 + 16) == Z_OK; }
  ~Inflater() {
    if (ok_) inflateEnd(&stream);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  bool ok() const { return ok_; }
  z_stream stream{};

 private:
  bool ok_ = false;
};

bool starts_gzip(std::string_view bytes) {
  return bytes.size() >= 2 && static_cast<unsigned char>(bytes[0]) == 0x1f &&
         static_cast<unsigned char>(bytes[1]) == 0x8b;
}

}  // namespace

FileBytes read_raw_file(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) fail("cannot read {}: {}", path, std::strerror(errno));
  struct stat status {};
  if (fstat(file.get(), &status) != 0) fail("cannot read {}: {}", path, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) fail("cannot read {}: it is a directory; name a file", path);

  FileBytes bytes;
  size_t capacity = static_cast<size_t>(std::max<off_t>(status.st_size, 0));
  check_fits(path, capacity);
  capacity = std::max<size_t>(capacity + 1, 1 << 16);  // one more, so that the end of the file is seen without growing
  bytes.data = allocate(capacity);
  while (true) {
    if (bytes.size == capacity) grow(bytes, capacity, path);
    const int64_t got = read_some(file, -1, bytes.data.get() + bytes.size, capacity - bytes.size);
    if (got < 0) fail("cannot read {}: {}", path, std::strerror(errno));
    if (got == 0) break;
    bytes.size += static_cast<size_t>(got);
  }
  pad(bytes);
  return bytes;
}

FileBytes gunzip(std::string_view packed, const std::string& path) {
  Inflater inflater;
  if (!inflater.ok()) fail("cannot unpack {}: out of memory", path);
  z_stream& stream = inflater.stream;
  FileBytes bytes;
  size_t capacity = std::max<size_t>(packed.size() * 4, 1 << 16);
  check_fits(path, packed.size());
  bytes.data = allocate(capacity);
  size_t used = 0;  // of `packed`; fed in pieces because zlib counts in 32 bits
  bool member_ended = false;
  while (true) {
    if (member_ended) {
      const std::string_view rest = packed.substr(used);
      if (rest.find_first_not_of('\0') == std::string_view::npos) break;  // padding, as gzip allows
      if (!starts_gzip(rest)) fail("{} is corrupt: after its gzip data come {} other bytes", path, rest.size());
      if (inflateReset(&stream) != Z_OK) fail("cannot unpack {}: out of memory", path);
      member_ended = false;
    }
    if (bytes.size == capacity) grow(bytes, capacity, path);
    const size_t in = std::min<size_t>(packed.size() - used, 1u << 30);
    const size_t out = std::min<size_t>(capacity - bytes.size, 1u << 30);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data() + used));
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data.get() + bytes.size);
    stream.avail_out = static_cast<uInt>(out);
    const int result = inflate(&stream, Z_NO_FLUSH);
    used += in - stream.avail_in;
    bytes.size += out - stream.avail_out;
    if (result == Z_STREAM_END) {
      member_ended = true;
    } else if (result == Z_BUF_ERROR || (result == Z_OK && used == packed.size() && stream.avail_out != 0)) {
      fail("{} is truncated: its gzip data end after {} bytes unpacked; copy or download it again", path, bytes.size);
    } else if (result != Z_OK) {
      fail("{} is corrupt: bad gzip data after {} bytes unpacked ({}); copy or download it again", path, bytes.size,
           stream.msg ? stream.msg : "zlib gives no reason");
    }
  }
  pad(bytes);
  return bytes;
}

FileBytes read_file(const std::string& path) {
  FileBytes bytes = read_raw_file(path);
  if (bytes.size == 0) fail("{} is empty", path);
  if (!starts_gzip(bytes.view())) return bytes;
  bytes = gunzip(bytes.view(), path);
  if (bytes.size == 0) fail("{} is empty once unpacked", path);
  return bytes;
}

}  // namespace retrograd
