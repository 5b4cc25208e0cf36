#include "base/thread_team.hpp"

#include <immintrin.h>

#include "base/fail.hpp"

namespace retrograd {
namespace {

constexpr int kSpins = 4000;  // about 50 microseconds of pause instructions before a waiting thread yields or sleeps

}  // namespace

FloatState::FloatState() : saved_(_mm_getcsr()) {
  constexpr unsigned flush_to_zero = 0x8000, denormals_are_zero = 0x0040, rounding = 0x6000;
  _mm_setcsr((saved_ & ~rounding) | flush_to_zero | denormals_are_zero);
}

FloatState::~FloatState() { _mm_setcsr(saved_); }

ThreadTeam::ThreadTeam(int size) : size_(size) {
  if (size < 1) fail("a thread team needs at least 1 thread, found {}", size);
  for (int rank = 1; rank < size; ++rank) threads_.emplace_back([this, rank] { work(rank); });
}

ThreadTeam::~ThreadTeam() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    generation_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void ThreadTeam::call(const std::function<void(int)>& job, int rank) {
  const FloatState state;
  try {
    job(rank);
  } catch (...) {
    std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
  }
}

void ThreadTeam::run(const std::function<void(int)>& job) {
  error_ = nullptr;
  if (size_ > 1) {
    std::lock_guard lock(mutex_);
    job_ = &job;
    running_.store(size_ - 1, std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
  }
  if (size_ > 1) wake_.notify_all();
  call(job, 0);
  for (int spin = 0; running_.load(std::memory_order_acquire) != 0; ++spin) {
    if (spin < kSpins)
      _mm_pause();
    else
      std::this_thread::yield();
  }
  if (error_) std::rethrow_exception(error_);
}

void ThreadTeam::work(int rank) {
  uint64_t seen = 0;
  while (true) {
    for (int spin = 0; spin < kSpins && generation_.load(std::memory_order_acquire) == seen; ++spin) _mm_pause();
    if (generation_.load(std::memory_order_acquire) == seen) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return generation_.load(std::memory_order_acquire) != seen; });
    }
    ++seen;
    if (stop_) return;
    call(*job_, rank);
    running_.fetch_sub(1, std::memory_order_release);
  }
}

void ThreadTeam::barrier() {
  if (size_ == 1) return;
  const uint64_t phase = phase_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == size_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    phase_.fetch_add(1, std::memory_order_release);
    return;
  }
  for (int spin = 0; phase_.load(std::memory_order_acquire) == phase; ++spin) {
    if (spin < kSpins)
      _mm_pause();
    else
      std::this_thread::yield();
  }
}

}  // namespace retrograd
