// A buffer between two guards, filled with NaN: what is left unwritten and what is written outside both show.
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "base/aligned.hpp"

namespace retrograd::support {

template <class T>
class Guarded {
 public:
  explicit Guarded(size_t size) : size_(size), storage_(size + 2 * kGuard) { poison(); }

  T* data() { return storage_.data() + kGuard; }
  const T* data() const { return storage_.data() + kGuard; }
  size_t size() const { return size_; }

  void poison() { std::fill(storage_.begin(), storage_.end(), std::numeric_limits<T>::quiet_NaN()); }

  /// Nothing was written outside.
  bool intact() const {
    const T nan = std::numeric_limits<T>::quiet_NaN();
    for (size_t i = 0; i < kGuard; ++i) {
      if (std::memcmp(&storage_[i], &nan, sizeof(T)) != 0) return false;
      if (std::memcmp(&storage_[kGuard + size_ + i], &nan, sizeof(T)) != 0) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kGuard = 64;  // elements; a multiple of the alignment
  size_t size_;
  Aligned<T> storage_;
};

}  // namespace retrograd::support
