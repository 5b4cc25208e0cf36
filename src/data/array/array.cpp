#include "data/array/array.hpp"

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/fail.hpp"

namespace retrograd {
namespace {

static_assert(std::endian::native == std::endian::little);

template <class T>
T load(const char* p, bool swap) {
  char raw[sizeof(T)];
  for (size_t i = 0; i < sizeof(T); ++i) raw[i] = p[swap ? sizeof(T) - 1 - i : i];
  T value;
  std::memcpy(&value, raw, sizeof(T));
  return value;
}

template <class T>
double load_double(const char* p, bool swap) {
  return static_cast<double>(load<T>(p, swap));
}

using Loader = double (*)(const char*, bool);

Loader loader_of(Element element) {
  switch (element) {
    case Element::u8:
      return load_double<uint8_t>;
    case Element::u16:
      return load_double<uint16_t>;
    case Element::u32:
      return load_double<uint32_t>;
    case Element::u64:
      return load_double<uint64_t>;
    case Element::i8:
      return load_double<int8_t>;
    case Element::i16:
      return load_double<int16_t>;
    case Element::i32:
      return load_double<int32_t>;
    case Element::i64:
      return load_double<int64_t>;
    case Element::f32:
      return load_double<float>;
    case Element::f64:
      return load_double<double>;
  }
  fail("no element type {}", static_cast<int>(element));
}

int64_t product(const std::vector<int64_t>& shape) {
  int64_t n = 1;
  for (const int64_t d : shape) n *= d;
  return n;
}

/// Where the element of a row-major index lies in the file, in elements.
int64_t place_of(const Array& array, int64_t index) {
  if (!array.fortran) return index;
  int64_t place = 0, stride = product(array.shape);
  for (size_t axis = array.shape.size(); axis-- > 0;) {
    stride /= array.shape[axis];
    place += index % array.shape[axis] * stride;
    index /= array.shape[axis];
  }
  return place;
}

}  // namespace

size_t size_of(Element element) {
  switch (element) {
    case Element::u8:
    case Element::i8:
      return 1;
    case Element::u16:
    case Element::i16:
      return 2;
    case Element::u32:
    case Element::i32:
    case Element::f32:
      return 4;
    case Element::u64:
    case Element::i64:
    case Element::f64:
      return 8;
  }
  fail("no element type {}", static_cast<int>(element));
}

double Array::at(int64_t index) const {
  const size_t skipped = static_cast<size_t>(place_of(*this, index)) * size_of(element);
  return loader_of(element)(bytes.begin() + offset + skipped, big_endian);
}

Block to_block(const Array& array) {
  const int64_t count = product(array.shape), rows = array.rows(), width = count / rows;
  if (width > std::numeric_limits<int>::max()) fail("{}: {} values in a row are too many", array.place, width);
  Block block;
  block.name = "x";
  block.cols = static_cast<int>(width);
  const char* from = array.bytes.begin() + array.offset;
  if (array.element == Element::u8 && !array.fortran) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(from);
    block.values = std::vector<uint8_t>(bytes, bytes + count);
    return block;
  }
  if (array.element == Element::u8) {
    std::vector<uint8_t> bytes(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) bytes[static_cast<size_t>(i)] = static_cast<uint8_t>(array.at(i));
    block.values = std::move(bytes);
    return block;
  }
  std::vector<float> values(static_cast<size_t>(count));
  const Loader loader = loader_of(array.element);
  const size_t size = size_of(array.element);
  for (int64_t i = 0; i < count; ++i) {
    const double value = loader(from + static_cast<size_t>(place_of(array, i)) * size, array.big_endian);
    if (std::abs(value) > FLT_MAX) {
      fail("{}, row {}, value {}: {} is infinite (or beyond the 32-bit float range)", array.place, i / width, i % width,
           value);
    }
    values[static_cast<size_t>(i)] = static_cast<float>(value);
  }
  block.values = std::move(values);
  return block;
}

std::vector<std::vector<double>> to_columns(const Array& array) {
  if (array.shape.size() > 2) {
    fail("{}: the target must have 1 or 2 axes, found the shape {}", array.place, shape_text(array.shape));
  }
  const int64_t cols = array.shape.size() == 2 ? array.shape[1] : 1;
  std::vector<std::vector<double>> out(static_cast<size_t>(cols));
  for (int64_t c = 0; c < cols; ++c) {
    std::vector<double>& column = out[static_cast<size_t>(c)];
    column.reserve(static_cast<size_t>(array.rows()));
    for (int64_t r = 0; r < array.rows(); ++r) column.push_back(array.at(r * cols + c));
  }
  return out;
}

std::string shape_text(const std::vector<int64_t>& shape) {
  if (shape.empty()) return "()";
  std::string out;
  for (size_t i = 0; i < shape.size(); ++i) out += fmt::format("{}{}", i == 0 ? "" : " × ", shape[i]);
  return out;
}

int64_t checked_product(const std::vector<int64_t>& shape, size_t element_size, const std::string& place) {
  int64_t bytes = static_cast<int64_t>(element_size);
  for (const int64_t d : shape) {
    if (d < 0 || __builtin_mul_overflow(bytes, d, &bytes)) {
      fail("{}: the sizes {} of its header are impossible", place, shape_text(shape));
    }
  }
  return bytes / static_cast<int64_t>(element_size);
}

}  // namespace retrograd
