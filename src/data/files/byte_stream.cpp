#include "data/files/byte_stream.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/fail.hpp"

namespace retrograd {

struct ByteStream::Gzip {
  z_stream stream{};
  std::vector<char> packed;
  bool ended = false;        ///< a member has, and what follows may be another
  uint64_t in = 0, out = 0;  ///< bytes packed and unpacked so far

  Gzip() : packed(kChunk) {
    if (inflateInit2(&stream, 15 + 16) != Z_OK) fail("cannot unpack: out of memory");
  }
  ~Gzip() { inflateEnd(&stream); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
};

ByteStream::ByteStream(std::string path) : path_(std::move(path)) {
  file_ = Descriptor(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file_.is_open() || fstat(file_.get(), &status) != 0) fail("cannot read {}: {}", path_, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) fail("cannot read {}: it is a directory; name a file", path_);
  head_.resize(2);
  head_.resize(read_raw(head_.data(), 2));
  if (head_ == "\x1f\x8b") gzip_ = std::make_unique<Gzip>();
}

ByteStream::~ByteStream() = default;

size_t ByteStream::read_raw(char* to, size_t size) {
  const int64_t done = read_some(file_, -1, to, size);
  if (done < 0) fail("cannot read {}: {}", path_, std::strerror(errno));
  hash_.add(to, static_cast<size_t>(done));
  return static_cast<size_t>(done);
}

size_t ByteStream::read(char* to, size_t size) {
  size_t done = 0;
  if (!gzip_) {
    done = std::min(size, head_.size());
    std::memcpy(to, head_.data(), done);
    head_.erase(0, done);
    return done + read_raw(to + done, size - done);
  }
  z_stream& z = gzip_->stream;
  while (done < size) {
    if (z.avail_in == 0) {
      std::vector<char>& packed = gzip_->packed;
      std::memcpy(packed.data(), head_.data(), head_.size());
      const size_t got = head_.size() + read_raw(packed.data() + head_.size(), packed.size() - head_.size());
      head_.clear();
      if (got == 0 && !gzip_->ended) fail("{} is truncated: its gzip data end too early; copy it again", path_);
      if (got == 0) break;
      z.next_in = reinterpret_cast<Bytef*>(packed.data());
      z.avail_in = static_cast<uInt>(got);
    }
    if (gzip_->ended) {  // zeros pad the end, as gzip allows; anything else begins another member
      while (z.avail_in > 0 && *z.next_in == 0) {
        ++z.next_in;
        --z.avail_in;
      }
      if (z.avail_in == 0) continue;
      if (inflateReset(&z) != Z_OK) fail("cannot unpack {}: out of memory", path_);
      gzip_->ended = false;
    }
    z.next_out = reinterpret_cast<Bytef*>(to + done);
    z.avail_out = static_cast<uInt>(std::min<size_t>(size - done, 1u << 30));
    const uInt room = z.avail_out, packed = z.avail_in;
    const int result = inflate(&z, Z_NO_FLUSH);
    done += room - z.avail_out;
    gzip_->in += packed - z.avail_in;
    gzip_->out += room - z.avail_out;
    gzip_->ended = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
      fail("{} is corrupt: bad gzip data ({}); copy or download it again", path_, z.msg ? z.msg : "no reason given");
  }
  return done;
}

double ByteStream::unpacked_per_byte() const {
  if (!gzip_ || gzip_->in == 0) return 1;
  return static_cast<double>(gzip_->out) / static_cast<double>(gzip_->in);
}

std::string file_hash(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) fail("cannot read {}: {}", path, std::strerror(errno));
  Fingerprint print;
  std::vector<char> buffer(ByteStream::kChunk);
  for (int64_t got = 1; got > 0; print.add(buffer.data(), static_cast<size_t>(got)))
    if ((got = read_some(file, -1, buffer.data(), buffer.size())) < 0)
      fail("cannot read {}: {}", path, std::strerror(errno));
  return print.hex();
}

}  // namespace retrograd
