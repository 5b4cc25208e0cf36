// Memory for large columns and files: not initialised, and on huge pages where the kernel grants them.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace retrograd {

/// `bytes` of memory aligned to 64 bytes, or to 2 MiB when it is that large. Faulting in 4 KiB pages would cost a third
/// of the time of reading a numeric CSV. Throws std::bad_alloc.
void* allocate_large(size_t bytes);
void free_large(void* memory, size_t bytes);

/// Owns `size` elements of a trivial type, not initialised; movable.
template <class T>
class LargeBuffer {
 public:
  LargeBuffer() = default;
  explicit LargeBuffer(size_t size)
      : data_(static_cast<T*>(allocate_large(size * sizeof(T))), Free{size * sizeof(T)}) {}
  T* get() const { return data_.get(); }
  T& operator[](size_t i) const { return data_.get()[i]; }
  void reset() { data_.reset(); }

 private:
  struct Free {
    size_t bytes = 0;
    void operator()(T* p) const { free_large(p, bytes); }
  };
  std::unique_ptr<T, Free> data_;
};

}  // namespace retrograd
