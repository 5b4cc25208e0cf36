// A 64-byte aligned buffer of numbers, zero-filled.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>

namespace retrograd {

/// Owns `size` elements aligned to 64 bytes. Move-only; contents are zero after construction.
template <class T>
class Aligned {
 public:
  Aligned() = default;
  explicit Aligned(size_t size)
      : size_(size), data_(size ? static_cast<T*>(::operator new (size * sizeof(T), std::align_val_t{64})) : nullptr) {
    for (size_t i = 0; i < size; ++i) data_.get()[i] = T{};
  }
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
  struct Free {
    void operator()(T* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  size_t size_ = 0;
  std::unique_ptr<T, Free> data_;
};

}  // namespace retrograd
