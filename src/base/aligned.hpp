// A 64-byte aligned buffer of numbers, zero-filled; a large one asks for huge pages.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

namespace retrograd {

/// Zeroed memory aligned to 64 bytes; from 1 MiB on, aligned to and rounded up to huge pages, which the system
/// is asked for: rows of a weight matrix then do not lie on a page each. Throws std::bad_alloc. Freed by free_aligned.
void* allocate_aligned(size_t bytes);
void free_aligned(void* memory, size_t bytes);

/// Owns `size` elements aligned to 64 bytes. Move-only; contents are zero after construction.
template <class T>
class Aligned {
 public:
  Aligned() = default;
  explicit Aligned(size_t size)
      : size_(size), data_(size ? static_cast<T*>(allocate_aligned(size * sizeof(T))) : nullptr, Free{size}) {}
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return data_.get()[i]; }
  const T& operator[](size_t i) const { return data_.get()[i]; }
  std::span<T> span() { return {data_.get(), size_}; }
  std::span<const T> span() const { return {data_.get(), size_}; }
  T* begin() { return data_.get(); }
  T* end() { return data_.get() + size_; }
  const T* begin() const { return data_.get(); }
  const T* end() const { return data_.get() + size_; }

 private:
  static_assert(std::is_trivially_copyable_v<T>);
  struct Free {
    size_t size = 0;
    void operator()(T* p) const { free_aligned(p, size * sizeof(T)); }
  };
  size_t size_ = 0;
  std::unique_ptr<T, Free> data_;
};

}  // namespace retrograd
