// One team of threads for a whole run. Workers spin briefly between jobs and then sleep.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace retrograd {

/// Half-open range of work items.
struct Range {
  int64_t begin = 0;
  int64_t end = 0;
  bool empty() const { return begin >= end; }
  int64_t size() const { return end - begin; }
};

/// The share of [0, count) of member `rank` of `size`: contiguous, equal to within one.
inline Range share(int64_t count, int rank, int size) { return {count * rank / size, count * (rank + 1) / size}; }

class ThreadTeam {
 public:
  /// `size` >= 1 threads, the calling one included (rank 0).
  explicit ThreadTeam(int size);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return size_; }

  /// Runs job(rank) once on every member and returns when all are done. Rethrows the first exception.
  /// Every thread runs with flush-to-zero and denormals-are-zero set.
  void run(const std::function<void(int)>& job);

  /// Waits inside a job until every member has arrived (all must call it the same number of times).
  void barrier();

 private:
  void work(int rank);
  void call(const std::function<void(int)>& job, int rank);

  const int size_;
  std::vector<std::thread> threads_;
  const std::function<void(int)>* job_ = nullptr;
  std::atomic<uint64_t> generation_{0};
  std::atomic<int> running_{0};
  std::atomic<int> arrived_{0};
  std::atomic<uint64_t> phase_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::exception_ptr error_;
};

/// Sets the documented floating-point state (round to nearest, flush-to-zero, denormals-are-zero) for a scope.
class FloatState {
 public:
  FloatState();
  ~FloatState();
  FloatState(const FloatState&) = delete;
  FloatState& operator=(const FloatState&) = delete;

 private:
  unsigned saved_;
};

}  // namespace retrograd
