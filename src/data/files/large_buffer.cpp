#include "data/files/large_buffer.hpp"

#include <sys/mman.h>

namespace retrograd {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

std::align_val_t alignment_of(size_t bytes) { return std::align_val_t{bytes >= kHugePage ? kHugePage : 64}; }

}  // namespace

void* allocate_large(size_t bytes) {
  void* memory = ::operator new(bytes, alignment_of(bytes));
  // Advice only: a kernel without huge pages refuses it, and nothing but speed changes.
  if (bytes >= kHugePage) madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  return memory;
}

void free_large(void* memory, size_t bytes) { ::operator delete(memory, alignment_of(bytes)); }

}  // namespace retrograd
