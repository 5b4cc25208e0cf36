#include "inputs.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <sstream>
#include <stdexcept>

namespace retrograd::cli_test {
namespace {

/// A small mixing function (the finaliser of MurmurHash3): numbers without a pattern, the same everywhere.
uint32_t mixed(uint32_t v) {
  v ^= v >> 16;
  v *= 0x85ebca6bu;
  v ^= v >> 13;
  v *= 0xc2b2ae35u;
  return v ^ (v >> 16);
}

}  // namespace

std::string table_csv(int rows) {
  std::string text = "age,city,member,score,price,label,tall,rich,weight\n";
  for (int i = 0; i < rows; ++i) {
    const uint32_t h = mixed(static_cast<uint32_t>(i) + 1);
    const int age = 18 + static_cast<int>(h % 60);
    const char* city = (h >> 8) % 3 == 0 ? "Bern" : (h >> 8) % 3 == 1 ? "Paris" : "Rome";
    const bool member = (h >> 12) % 2 == 0;
    const double score = static_cast<double>((h >> 14) % 2001) / 1000 - 1;
    const double price = 2 * age + 40 * score + (city[0] == 'B' ? 30 : 0) + (member ? 5 : 0);
    const char* label = price > 115 ? "high" : price > 75 ? "middle" : "low";
    text += fmt::format("{},{},{},{},{:.3f},{},{},{},{}\n", h % 17 == 0 ? "" : fmt::format("{}", age), city,
                        member ? "yes" : "no", score, price, label, age > 45 ? 1 : 0, score > 0 ? 1 : 0, 1 + i % 3);
  }
  return text;
}

std::string without_column(const std::string& csv, const std::string& name) {
  std::stringstream in(csv);
  std::string out, line;
  int index = -1;
  while (std::getline(in, line)) {
    std::stringstream fields(line);
    std::string field, kept;
    for (int k = 0; std::getline(fields, field, ','); ++k) {
      if (index < 0 && field == name) index = k;
      if (k != index) kept += "," + field;
    }
    out += kept.substr(1) + "\n";
  }
  return out;
}

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("zlib");
  std::string out(bytes.size() + 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("zlib");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string idx(const std::vector<uint32_t>& sizes, const std::string& bytes) {
  std::string out = {0, 0, 8, static_cast<char>(sizes.size())};
  for (uint32_t s : sizes)
    for (int shift : {24, 16, 8, 0}) out += static_cast<char>((s >> shift) & 0xFF);
  return out + bytes;
}

std::string npy(const std::string& dtype, const std::vector<int>& shape, const std::string& bytes) {
  std::string sizes;
  for (int s : shape) sizes += fmt::format("{},", s);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", dtype, sizes);
  header.append((64 - (10 + header.size() + 1) % 64) % 64, ' ');
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += {static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  return out + header + bytes;
}

Images images(int rows, uint32_t first) {
  Images all;
  for (int n = 0; n < rows; ++n) {
    const uint32_t key = first + static_cast<uint32_t>(n);
    const uint32_t label = mixed(key) % 3;
    for (uint32_t pixel = 0; pixel < 30; ++pixel)
      all.pixels += static_cast<char>(mixed(key * 31 + pixel) % 100 + (pixel / 10 == label ? 120 : 0));
    all.labels += static_cast<char>(label);
  }
  return all;
}

}  // namespace retrograd::cli_test
