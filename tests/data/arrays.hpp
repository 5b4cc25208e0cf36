// IDX, NPY and NPZ files, built byte by byte as their formats say.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace retrograd {

template <class T>
std::string bytes_of(const std::vector<T>& values, bool big_endian) {
  std::string out;
  for (const T v : values) {
    char raw[sizeof(T)];
    std::memcpy(raw, &v, sizeof(T));
    for (size_t i = 0; i < sizeof(T); ++i) out += raw[big_endian ? sizeof(T) - 1 - i : i];
  }
  return out;
}

inline std::string idx_file(unsigned char type, const std::vector<uint32_t>& shape, std::string_view elements) {
  std::string out = {0, 0, static_cast<char>(type), static_cast<char>(shape.size())};
  return out + bytes_of(shape, true) + std::string(elements);
}

inline std::string npy_file(std::string_view dtype, std::string_view shape, std::string_view elements,
                            bool fortran = false) {
  std::string header = "{'descr': '" + std::string(dtype) + "', 'fortran_order': " + (fortran ? "True" : "False") +
                       ", 'shape': " + std::string(shape) + ", }";
  header.resize((header.size() + 10) / 64 * 64 + 64 - 10 - 1, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + bytes_of<uint16_t>({static_cast<uint16_t>(header.size())}, false) +
         header + std::string(elements);
}

struct ZipEntry {
  std::string name;
  std::string content;
  bool deflate = false;
};

inline std::string zip_file(const std::vector<ZipEntry>& entries) {
  std::string out, directory;
  const auto put16 = [](std::string& to, size_t v) { to += bytes_of<uint16_t>({static_cast<uint16_t>(v)}, false); };
  const auto put32 = [](std::string& to, size_t v) { to += bytes_of<uint32_t>({static_cast<uint32_t>(v)}, false); };
  for (const ZipEntry& e : entries) {
    std::string packed = e.content;
    if (e.deflate) {
      packed.resize(compressBound(e.content.size()) + 64);
      z_stream stream{};
      deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(e.content.data()));
      stream.avail_in = static_cast<uInt>(e.content.size());
      stream.next_out = reinterpret_cast<Bytef*>(packed.data());
      stream.avail_out = static_cast<uInt>(packed.size());
      deflate(&stream, Z_FINISH);
      packed.resize(stream.total_out);
      deflateEnd(&stream);
    }
    const size_t crc = crc32(0, reinterpret_cast<const Bytef*>(e.content.data()), static_cast<uInt>(e.content.size()));
    const auto common = [&](std::string& to) {
      put16(to, 20);
      put16(to, 0);
      put16(to, e.deflate ? 8 : 0);
      put32(to, 0);
      put32(to, crc);
      put32(to, packed.size());
      put32(to, e.content.size());
      put16(to, e.name.size());
      put16(to, 0);
    };
    const size_t offset = out.size();
    put32(out, 0x04034b50);
    common(out);
    out += e.name + packed;
    put32(directory, 0x02014b50);
    put16(directory, 20);
    common(directory);
    put16(directory, 0);
    put16(directory, 0);
    put16(directory, 0);
    put32(directory, 0);
    put32(directory, offset);
    directory += e.name;
  }
  const size_t start = out.size();
  out += directory;
  put32(out, 0x06054b50);
  put16(out, 0);
  put16(out, 0);
  put16(out, entries.size());
  put16(out, entries.size());
  put32(out, directory.size());
  put32(out, start);
  put16(out, 0);
  return out;
}

}  // namespace retrograd
