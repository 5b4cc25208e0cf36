// One team of threads for a whole run. A member that waits spins, then sleeps, so that short phases cost
// no system call and an idle team costs nothing.
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

/// The share of a range.
inline Range share(Range all, int rank, int size) {
  const Range part = share(all.size(), rank, size);
  return {all.begin + part.begin, all.begin + part.end};
}

/// Used by one thread at a time: its owner, or the members of the job that the owner runs.
class ThreadTeam {
 public:
  /// `size` >= 1 threads, the calling one included (rank 0). Throws Error when the system refuses so many.
  explicit ThreadTeam(int size);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return size_; }

  /// Runs job(rank) once on every member and returns when all are done. Rethrows the first exception; a member that
  /// throws releases the others from barrier(). What a member wrote is seen by all after run and after barrier.
  /// Every thread runs with flush-to-zero and denormals-are-zero set.
  void run(const std::function<void(int)>& job);

  /// Waits inside a job until every member has arrived (all must call it the same number of times). When another
  /// member has thrown, it leaves the job by an exception of its own, which the job must let pass.
  void barrier();

 private:
  void work(int rank);
  void call(const std::function<void(int)>& job, int rank);
  void dismiss();
  template <class Done>
  void wait(int rank, const Done& done);
  void leave_shared_core(int rank) const;
  void wake();

  const int size_;
  const bool may_spin_;
  struct alignas(64) Seat {
    std::atomic<int> core{-1};  // where a member was when it began its last job
  };
  std::vector<Seat> seats_;
  std::vector<std::thread> threads_;
  const std::function<void(int)>* job_ = nullptr;  // published by generation_
  bool stop_ = false;                              // likewise
  std::exception_ptr error_;                       // guarded by mutex_ until running_ is 0
  std::mutex mutex_;
  std::condition_variable wake_;
  // What waiting members read does not share a cache line with what arriving ones write.
  alignas(64) std::atomic<uint64_t> generation_{0};  // counts jobs
  std::atomic<uint64_t> phase_{0};                   // counts barriers
  std::atomic<bool> failed_{false};                  // a member of this job has thrown
  std::atomic<int> sleepers_{0};
  alignas(64) std::atomic<int> running_{0};  // workers that have not finished the job
  std::atomic<int> arrived_{0};              // members at the barrier
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
