#include "base/aligned.hpp"

#include <sys/mman.h>

#include <cstring>

namespace retrograd {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kHugeFrom = kHugePage / 2;

bool huge(size_t bytes) { return bytes >= kHugeFrom; }
std::align_val_t alignment(size_t bytes) { return std::align_val_t{huge(bytes) ? kHugePage : 64}; }

}  // namespace

void* allocate_aligned(size_t bytes) {
  const size_t whole = huge(bytes) ? (bytes + kHugePage - 1) / kHugePage * kHugePage : bytes;
  void* memory = ::operator new(whole, alignment(bytes));
  // A wish: where it is not granted, ordinary pages do. Before the first touch, which chooses the kind of page.
  if (huge(bytes)) static_cast<void>(madvise(memory, whole, MADV_HUGEPAGE));
  std::memset(memory, 0, bytes);
  return memory;
}

void free_aligned(void* memory, size_t bytes) { ::operator delete(memory, alignment(bytes)); }

}  // namespace retrograd
