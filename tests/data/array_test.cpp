#include "data/array/array.hpp"

#include <cmath>
#include <limits>

#include "arrays.hpp"
#include "scratch.hpp"

namespace retrograd {
namespace {

class Arrays : public Scratch {
 protected:
  std::string refuse_idx(std::string_view bytes) const {
    return message([&] { read_idx(write("a.idx", bytes)); });
  }
  std::string refuse_npy(std::string_view bytes) const {
    return message([&] { to_block(read_npy(write("a.npy", bytes))); });
  }
  std::string refuse_npz(std::string_view bytes) const {
    return message([&] { read_npz(write("a.npz", bytes), true); });
  }
};

std::vector<double> values_of(const Array& a) {
  int64_t count = 1;
  for (const int64_t d : a.shape) count *= d;
  std::vector<double> out;
  for (int64_t i = 0; i < count; ++i) out.push_back(a.at(i));
  return out;
}

template <class T>
std::vector<double> doubles(const std::vector<T>& v) {
  return {v.begin(), v.end()};
}

TEST_F(Arrays, IdxOfEveryType) {
  const auto check = [&](unsigned char type, const auto& values) {
    const Array a = read_idx(write("a", idx_file(type, {2, 3}, bytes_of(values, true))));
    EXPECT_EQ(a.shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(values_of(a), doubles(values)) << int{type};
  };
  check(0x08, std::vector<uint8_t>{0, 1, 127, 128, 255, 3});
  check(0x09, std::vector<int8_t>{0, 1, 127, -128, -1, 3});
  check(0x0B, std::vector<int16_t>{0, 1, 32767, -32768, -1, 258});
  check(0x0C, std::vector<int32_t>{0, 1, 2147483647, -2147483647, -1, 66051});
  check(0x0D, std::vector<float>{0, 1.5f, -2.25f, 1e30f, -0.1f, 3});
  check(0x0E, std::vector<double>{0, 1.5, -2.25, 1e300, -0.1, 3});
}

TEST_F(Arrays, BytesStayBytes) {
  const std::string file = idx_file(0x08, {2, 2, 1}, "\x01\x02\xFE\xFF");
  for (const std::string& content : {file, gzip(file)}) {
    const Block block = to_block(read_idx(write("a", content)));
    EXPECT_EQ(block.name, "x");
    EXPECT_EQ(block.cols, 2);
    EXPECT_EQ(block.rows(), 2);
    EXPECT_EQ(std::get<std::vector<uint8_t>>(block.values), (std::vector<uint8_t>{1, 2, 254, 255}));
    EXPECT_EQ(block.at(1, 0), 254);
  }
  EXPECT_TRUE(std::holds_alternative<std::vector<float>>(
      to_block(read_idx(write("a", idx_file(0x09, {2}, "\x01\x02")))).values));
}

TEST_F(Arrays, RefusesBadIdx) {
  EXPECT_EQ(refuse_idx("PNG!data"),
            "a.idx is not an IDX file: its magic number is 504e4721, expected 0000TTDD (type, dimensions)");
  EXPECT_EQ(refuse_idx(idx_file(0x0A, {1}, "x")),
            "a.idx is not an IDX file: its element type is 0x0a, expected one of 08, 09, 0b, 0c, 0d, 0e");
  EXPECT_EQ(refuse_idx(idx_file(0x08, {}, "")), "a.idx is not a usable IDX file: it has 0 dimensions, expected 1 to 8");
  EXPECT_EQ(refuse_idx(idx_file(0x08, {2, 2}, "").substr(0, 9)), "a.idx is truncated within its IDX header");
  EXPECT_EQ(refuse_idx(idx_file(0x08, {2, 2}, "abc")),
            "a.idx: its header says 2 × 2 (4 bytes), but 3 bytes follow; the file is truncated");
  EXPECT_EQ(refuse_idx(idx_file(0x0C, {1}, "abcde")),
            "a.idx: its header says 1 (4 bytes), but 5 bytes follow; the file is too long");
  EXPECT_EQ(refuse_idx(idx_file(0x08, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "abc")),
            "a.idx: the sizes 4294967295 × 4294967295 × 4294967295 of its header are impossible");
  EXPECT_EQ(
      refuse_idx(idx_file(0x08, {0xFFFFFFFF, 0x10000}, "abc")),
      "a.idx: its header says 4294967295 × 65536 (281474976645120 bytes), but 3 bytes follow; the file is truncated")
      << "nothing is allocated for sizes that are not there";
  EXPECT_EQ(refuse_idx(idx_file(0x08, {0, 5}, "")), "a.idx has no data: its shape is 0 × 5");
  EXPECT_EQ(refuse_idx(""), "a.idx is empty");
  EXPECT_NE(refuse_idx(gzip(idx_file(0x08, {1000}, std::string(1000, 'x'))).substr(0, 20)).find("a.idx is truncated"),
            std::string::npos);
}

TEST_F(Arrays, NpyOfEveryType) {
  const auto check = [&](const char* dtype, const auto& values, bool big_endian) {
    const std::string type = (big_endian ? ">" : "<") + std::string(dtype);
    const Array a = read_npy(write("a.npy", npy_file(type, "(2, 2)", bytes_of(values, big_endian))));
    EXPECT_EQ(values_of(a), doubles(values)) << type;
  };
  for (const bool big : {false, true}) {
    check("u2", std::vector<uint16_t>{1, 2, 65535, 258}, big);
    check("u4", std::vector<uint32_t>{1, 2, 4294967295u, 258}, big);
    check("u8", std::vector<uint64_t>{1, 2, uint64_t{1} << 53, 258}, big);
    check("i2", std::vector<int16_t>{1, -2, -32768, 258}, big);
    check("i4", std::vector<int32_t>{1, -2, -2147483647, 258}, big);
    check("i8", std::vector<int64_t>{1, -2, -(int64_t{1} << 53), 258}, big);
    check("f4", std::vector<float>{1, -2, 0.1f, 258}, big);
    check("f8", std::vector<double>{1, -2, 0.1, 258}, big);
  }
  EXPECT_EQ(values_of(read_npy(write("a.npy", npy_file("|i1", "(2,)", "\x01\xFF")))), (std::vector<double>{1, -1}));
  const Array b = read_npy(write("a.npy", npy_file("|b1", "(2,)", std::string("\x01\x00", 2))));
  EXPECT_TRUE(b.boolean);
  EXPECT_EQ(b.shape, (std::vector<int64_t>{2}));
  EXPECT_TRUE(std::holds_alternative<std::vector<uint8_t>>(
      to_block(read_npy(write("a.npy", npy_file("|u1", "(1, 2)", "\x01\xFF")))).values));
}

TEST_F(Arrays, NpyOrdersAndMissing) {
  const std::vector<float> fortran = {1, 4, 2, 5, 3, 6};  // of [[1 2 3], [4 5 6]]
  const Block block = to_block(read_npy(write("a.npy", npy_file("<f4", "(2, 3)", bytes_of(fortran, false), true))));
  EXPECT_EQ(std::get<std::vector<float>>(block.values), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  const std::string f3 = npy_file("|u1", "(2, 2, 2)", std::string("\0\4\2\6\1\5\3\7", 8), true);
  EXPECT_EQ(std::get<std::vector<uint8_t>>(to_block(read_npy(write("a.npy", f3))).values),
            (std::vector<uint8_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  const std::vector<double> gap = {1, std::nan("")};
  const Block missing = to_block(read_npy(write("a.npy", npy_file("<f8", "(2,)", bytes_of(gap, false)))));
  EXPECT_EQ(missing.cols, 1);
  EXPECT_TRUE(std::isnan(missing.at(1, 0)));
  const std::vector<double> infinite = {1, 2, 3, -std::numeric_limits<double>::infinity()};
  EXPECT_EQ(refuse_npy(npy_file("<f8", "(2, 2)", bytes_of(infinite, false))),
            "a.npy, row 1, value 1: -inf is infinite (or beyond the 32-bit float range)");
}

TEST_F(Arrays, RefusesBadNpy) {
  EXPECT_EQ(refuse_npy("x,y\n1,2\n"), "a.npy is not an NPY file: it does not begin with \\x93NUMPY");
  EXPECT_EQ(refuse_npy(npy_file("<c8", "(1,)", "12345678")),
            "a.npy: found the dtype '<c8', expected b1, i1, i2, i4, i8, u1, u2, u4, u8, f4 or f8");
  EXPECT_EQ(refuse_npy(npy_file("|O", "(1,)", "12345678")),
            "a.npy: found the dtype '|O', expected b1, i1, i2, i4, i8, u1, u2, u4, u8, f4 or f8");
  EXPECT_EQ(refuse_npy(npy_file("<f4", "()", "1234")), "a.npy: found an array of shape (), expected 1 to 4 axes");
  EXPECT_EQ(refuse_npy(npy_file("<f4", "(1, 1, 1, 1, 1)", "1234")),
            "a.npy: found an array of shape 1 × 1 × 1 × 1 × 1, expected 1 to 4 axes");
  EXPECT_EQ(refuse_npy(npy_file("<f4", "(2, 2)", "1234")),
            "a.npy: its header says 2 × 2 (16 bytes), but 4 bytes follow; the file is truncated");
  EXPECT_EQ(refuse_npy(npy_file("<f4", "(9000000000000000000, 3)", "1234")),
            "a.npy: the sizes 9000000000000000000 × 3 of its header are impossible");
  EXPECT_EQ(refuse_npy(npy_file("<f4", "(0, 3)", "")), "a.npy has no data: its shape is 0 × 3");
  EXPECT_EQ(refuse_npy(npy_file("<f4", "(1,)", "1234").substr(0, 40)), "a.npy is truncated within its NPY header");
  EXPECT_EQ(refuse_npy(npy_file("<f4", "(-1,)", "")).substr(0, 32), "a.npy: the NPY header is not one");
  EXPECT_EQ(refuse_npy(npy_file("<f4", "(99999999999999999999,)", "")).substr(0, 32),
            "a.npy: the NPY header is not one");
  EXPECT_EQ(refuse_npy(npy_file("<f4', 'evil': '", "(1,)", "1234")).substr(0, 32), "a.npy: the NPY header is not one");
  std::string version = npy_file("<f4", "(1,)", "1234");
  version[6] = 9;
  EXPECT_EQ(refuse_npy(version), "a.npy: NPY version 9 is not known, expected 1 to 3");
}

TEST_F(Arrays, NpzStoredAndDeflated) {
  const std::string x = npy_file("<f4", "(2, 2)", bytes_of<float>({1, 2, 3, 4}, false));
  const std::string y = npy_file("<i8", "(2,)", bytes_of<int64_t>({5, 6}, false));
  for (const bool deflate : {false, true}) {
    const NamedArrays got = read_npz(
        write("a.npz", zip_file({{"other.npy", "?", false}, {"X.npy", x, deflate}, {"y.npy", y, deflate}})), true);
    EXPECT_EQ(values_of(got.x), (std::vector<double>{1, 2, 3, 4}));
    EXPECT_EQ(values_of(got.y), (std::vector<double>{5, 6}));
  }
  EXPECT_TRUE(read_npz(write("a.npz", zip_file({{"x.npy", x, true}})), false).y.shape.empty());
  EXPECT_EQ(refuse_npz(zip_file({{"x.npy", x, true}, {"labels.npy", y, true}})),
            "a.npz: there is no array 'Y' or 'y'; it has 'x.npy' and 'labels.npy'");
}

TEST_F(Arrays, RefusesBadNpz) {
  const std::string x = npy_file("<f4", "(400, 2)", std::string(3200, 'x'));
  const std::string good = zip_file({{"x.npy", x, true}, {"y.npy", x, false}});
  EXPECT_EQ(refuse_npz("hello"), "a.npz is not a zip archive, or is truncated: its directory is missing");
  EXPECT_EQ(refuse_npz(good.substr(0, good.size() - 5)),
            "a.npz is not a zip archive, or is truncated: its directory is missing");
  EXPECT_EQ(refuse_npz(good.substr(100)).substr(0, 6), "a.npz:");
  std::string flipped = good;
  flipped[good.size() / 2] ^= 1;  // within the stored member
  EXPECT_EQ(refuse_npz(flipped), "a.npz: member 'y.npy' is corrupt: its checksum differs");
  std::string huge = good;
  const size_t entry = good.find("PK\x01\x02");
  huge.replace(entry + 24, 4, "\xFE\xFF\xFF\xFF");  // the unpacked size
  EXPECT_NE(refuse_npz(huge).find("is corrupt: 4294967294 bytes cannot come from"), std::string::npos);
  // Every single damaged byte is either harmless or an Error: never a crash, never another exception.
  for (size_t i = 0; i < good.size(); i += i < good.size() - 300 && i > 60 ? 37 : 1) {
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ 0xFF);
    refuse_npz(damaged);
  }
}

}  // namespace
}  // namespace retrograd
