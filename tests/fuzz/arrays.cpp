// Arrays in files: IDX, NPY, NPZ; and gzip, in which any data file may come.
#include "data/arrays.hpp"

#include <zlib.h>

#include "data/array/array.hpp"
#include "data/files/file_bytes.hpp"
#include "fuzz/input_file.hpp"
#include "fuzz/target.hpp"

namespace retrograd::fuzz {
namespace {

/// Reads an array and everything in it.
bool run_array(std::string_view bytes, Array (*read)(const std::string& path), const std::string& kind) {
  const InputFile file(bytes);
  Array array;
  const bool accepted = accepts([&] { array = read(file.path()); });
  if (accepted) {
    Block block;
    if (accepts([&] { block = to_block(array); }))
      expect(block.rows() == array.rows(), "{} rows of {}", block.rows(), array.rows());
    accepts([&] { to_columns(array); });
  }
  DataOptions options;
  options.threads = 1;
  accepts([&] { load_training(kind + ":" + file.path() + "," + file.path(), options); });
  return accepted;
}

std::string packed(const std::string& content) {
  std::string out(content.size() + 100, '\0');
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string floats(const std::vector<float>& values) { return bytes_of(values, false); }

}  // namespace

bool run_idx(std::string_view bytes) { return run_array(bytes, read_idx, "idx"); }

std::vector<std::string> seeds_idx() {
  return {idx_file(0x08, {3}, std::string("\x00\x01\x00", 3)), idx_file(0x08, {2, 2, 3}, "abcdefghijkl"),
          idx_file(0x0B, {2, 2}, std::string(8, '\1')), idx_file(0x0D, {4, 1}, bytes_of<float>({1, 2, 3, 4}, true)),
          idx_file(0x0E, {1, 2}, bytes_of<double>({1, -1}, true))};
}

bool run_npy(std::string_view bytes) { return run_array(bytes, read_npy, "npy"); }

std::vector<std::string> seeds_npy() {
  return {npy_file("<f4", "(3, 2)", floats({1, 2, 3, 4, 5, 6})), npy_file("|u1", "(4,)", "abcd"),
          npy_file("|b1", "(2, 1, 2)", std::string("\0\1\1\0", 4), true),
          npy_file(">i8", "(2,)", bytes_of<int64_t>({-1, 5}, true)),
          npy_file("<f8", "(2, 2)", bytes_of<double>({0.5, -1, 3, 4}, false), true)};
}

bool run_npz(std::string_view bytes) {
  const InputFile file(bytes);
  NamedArrays arrays;
  const bool accepted = accepts([&] { arrays = read_npz(file.path(), false); });
  if (accepted) accepts([&] { to_block(arrays.x); });
  DataOptions options;
  options.threads = 1;
  accepts([&] { load_training("npz:" + file.path(), options); });
  return accepted;
}

std::vector<std::string> seeds_npz() {
  const std::string x = npy_file("<f4", "(2, 2)", floats({1, 2, 3, 4})), y = npy_file("|u1", "(2,)", "\1\2");
  return {zip_file({{"x.npy", x, false}, {"y.npy", y, false}}), zip_file({{"X.npy", x, true}, {"y.npy", y, true}}),
          zip_file({{"other.txt", "text", false}, {"x.npy", x, true}})};
}

bool run_gz(std::string_view bytes) {
  const InputFile file(bytes);
  FileBytes unpacked;
  const bool accepted = accepts([&] { unpacked = gunzip(bytes, "input"); });
  accepts([&] { read_file(file.path()); });
  return accepted;
}

std::vector<std::string> seeds_gz() {
  const std::string table = packed("a,b\n1,2\n3,4\n");
  return {table, packed(std::string(1000, 'x')), table + packed("5,6\n") + std::string(5, '\0')};
}

}  // namespace retrograd::fuzz
