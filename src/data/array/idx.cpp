#include <limits>

#include "base/fail.hpp"
#include "data/array/array.hpp"

namespace retrograd {
namespace {

uint32_t big_endian_32(const char* p) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(p[i]);
  return value;
}

Element element_of(unsigned char type, const std::string& path) {
  switch (type) {
    case 0x08:
      return Element::u8;
    case 0x09:
      return Element::i8;
    case 0x0B:
      return Element::i16;
    case 0x0C:
      return Element::i32;
    case 0x0D:
      return Element::f32;
    case 0x0E:
      return Element::f64;
    default:
      fail("{} is not an IDX file: its element type is 0x{:02x}, expected one of 08, 09, 0b, 0c, 0d, 0e", path, type);
  }
}

}  // namespace

Array read_idx(const std::string& path) {
  Array array;
  array.place = path;
  array.bytes = read_file(path);
  array.big_endian = true;
  const char* p = array.bytes.begin();
  if (array.bytes.size < 4 || p[0] != 0 || p[1] != 0) {
    fail("{} is not an IDX file: its magic number is {:08x}, expected 0000TTDD (type, dimensions)", path,
         array.bytes.size < 4 ? 0u : big_endian_32(p));
  }
  array.element = element_of(static_cast<unsigned char>(p[2]), path);
  const size_t axes = static_cast<unsigned char>(p[3]);
  if (axes < 1 || axes > 8) fail("{} is not a usable IDX file: it has {} dimensions, expected 1 to 8", path, axes);
  array.offset = 4 + 4 * axes;
  if (array.bytes.size < array.offset) fail("{} is truncated within its IDX header", path);
  for (size_t i = 0; i < axes; ++i) array.shape.push_back(big_endian_32(p + 4 + 4 * i));
  const int64_t count = checked_product(array.shape, size_of(array.element), path);
  const uint64_t expected = static_cast<uint64_t>(count) * size_of(array.element);
  const uint64_t found = array.bytes.size - array.offset;
  if (found != expected) {
    fail("{}: its header says {} ({} bytes), but {} bytes follow; the file is {}", path, shape_text(array.shape),
         expected, found, found < expected ? "truncated" : "too long");
  }
  if (count == 0) fail("{} has no data: its shape is {}", path, shape_text(array.shape));
  return array;
}

}  // namespace retrograd
