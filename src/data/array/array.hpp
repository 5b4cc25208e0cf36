// Arrays of numbers in files: IDX and NumPy's NPY and NPZ.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/files/file_bytes.hpp"
#include "retrograd/data.hpp"

namespace retrograd {

enum class Element { u8, u16, u32, u64, i8, i16, i32, i64, f32, f64 };

size_t size_of(Element element);

/// An array as it lies in its file: rows along the first axis.
struct Array {
  std::string place;  ///< file (and member) for messages
  Element element = Element::u8;
  bool boolean = false;     ///< stored as u8, each 0 or 1
  bool big_endian = false;  ///< byte order of the elements
  bool fortran = false;     ///< first axis fastest
  std::vector<int64_t> shape;
  FileBytes bytes;
  size_t offset = 0;  ///< of the first element

  int64_t rows() const { return shape.empty() ? 0 : shape[0]; }
  /// The element of this flat index in row-major order.
  double at(int64_t index) const;
};

/// An IDX file (plain or gzip): zero, zero, type, dimensions; the sizes big-endian; the elements. Source: Y. LeCun,
/// "The MNIST database", section "The IDX file format". Throws Error for a wrong magic number, sizes whose product
/// overflows or differs from the bytes that follow, and no rows.
Array read_idx(const std::string& path);

/// An NPY file, versions 1 to 3 (NumPy enhancement proposal 1): dtypes b1, i1–i8, u1–u8, f4, f8 of either byte order,
/// C or Fortran order, 1 to 4 axes. Throws Error for anything else, naming what was found and what is possible.
Array read_npy(const std::string& path);
Array parse_npy(FileBytes bytes, const std::string& place);

/// The arrays X (or x) and y (or Y) of an NPZ archive; y is absent (no axes) when `need_y` is false and there is none.
struct NamedArrays {
  Array x;
  Array y;
};
NamedArrays read_npz(const std::string& path, bool need_y);

/// The rows as a block "x": bytes stay bytes, all else becomes float. Throws Error for infinite values; NaN stays.
Block to_block(const Array& array);

/// A 1-D or 2-D array as columns of doubles (2-D: one a second index).
std::vector<std::vector<double>> to_columns(const Array& array);

/// "28 × 28" or "3".
std::string shape_text(const std::vector<int64_t>& shape);

/// The number of elements of a shape; throws Error if it overflows. `place` is for the message.
int64_t checked_product(const std::vector<int64_t>& shape, size_t element_size, const std::string& place);

}  // namespace retrograd
