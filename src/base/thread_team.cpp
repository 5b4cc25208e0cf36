#include "base/thread_team.hpp"

#include <immintrin.h>
#include <sched.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/cores.hpp"
#include "base/fail.hpp"

namespace retrograd {
namespace {

constexpr int kSpins = 4000;    // about 50 microseconds of pause instructions
constexpr int kFewSpins = 250;  // about 3
constexpr int kRetry = 16;
constexpr int kMoveEvery = 32;

/// How long a thread spins before it sleeps. Who shares a core with another program spins in vain and keeps that one
/// from running. So after a spin in vain few follow, until one of the long ones that are still tried now and then is
/// answered.
class Patience {
 public:
  int spins() { return few_ && ++waits_ % kRetry != 0 ? kFewSpins : kSpins; }
  void answered(int spins) { few_ = few_ && spins < kSpins; }
  void in_vain() {
    few_ = true;
    ++vain_;
  }
  /// Whether it is time to look for a better core: not at every turn, the system must get to move others.
  bool may_move() const { return vain_ % kMoveEvery == 1; }

 private:
  bool few_ = false;
  unsigned waits_ = 0, vain_ = 0;
};
thread_local Patience patience;
thread_local int rank_here = 0;  ///< in the team whose job runs

/// Leaves the job of a member that waits for one that has thrown.
struct Abandoned {};

}  // namespace

FloatState::FloatState() : saved_(_mm_getcsr()) {
  constexpr unsigned flush_to_zero = 0x8000, denormals_are_zero = 0x0040, rounding = 0x6000;
  _mm_setcsr((saved_ & ~rounding) | flush_to_zero | denormals_are_zero);
}

FloatState::~FloatState() { _mm_setcsr(saved_); }

ThreadTeam::ThreadTeam(int size)
    : size_(size), may_spin_(size <= available_cores()), seats_(static_cast<size_t>(std::max(size, 1))) {
  if (size < 1) fail("a thread team needs at least 1 thread, found {}", size);
  try {
    for (int rank = 1; rank < size; ++rank) threads_.emplace_back([this, rank] { work(rank); });
  } catch (const std::system_error& error) {
    const size_t started = threads_.size() + 1;
    dismiss();
    fail("the system started {} of {} threads ({}); ask for fewer", started, size, error.what());
  }
}

ThreadTeam::~ThreadTeam() { dismiss(); }

void ThreadTeam::dismiss() {
  stop_ = true;
  generation_.fetch_add(1);
  wake();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

// Sequentially consistent on purpose: either a member about to sleep sees the change that it waits for, or whoever made
// the change sees the sleeper. The lock is taken before notifying because the sleeper holds it from its last look until
// it sleeps.
template <class Done>
void ThreadTeam::wait(int rank, const Done& done) {
  const int spins = may_spin_ ? patience.spins() : 0;
  for (int spin = 0; spin < spins; ++spin) {
    if (done()) return patience.answered(spins);
    _mm_pause();
  }
  patience.in_vain();
  if (may_spin_ && patience.may_move()) leave_shared_core(rank);
  std::unique_lock lock(mutex_);
  sleepers_.fetch_add(1);
  wake_.wait(lock, done);
  sleepers_.fetch_sub(1);
}

// Two members on one core, each asleep while the other works, look to the system like one busy thread: it lets them be,
// and both run at half the speed for good.
void ThreadTeam::leave_shared_core(int rank) const {
  cpu_set_t allowed, free;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  free = allowed;
  bool shared = false;
  const int here = sched_getcpu();
  for (int other = 0; other < size_; ++other) {
    const int core = seats_[static_cast<size_t>(other)].core.load(std::memory_order_relaxed);
    if (other == rank || core < 0) continue;
    shared = shared || core == here;
    CPU_CLR(static_cast<size_t>(core), &free);
  }
  if (!shared || CPU_COUNT(&free) == 0) return;
  if (sched_setaffinity(0, sizeof(free), &free) == 0) sched_setaffinity(0, sizeof(allowed), &allowed);
}

void ThreadTeam::wake() {
  if (sleepers_.load() == 0) return;
  { const std::lock_guard lock(mutex_); }
  wake_.notify_all();
}

void ThreadTeam::call(const std::function<void(int)>& job, int rank) {
  const FloatState state;
  const int rank_before = std::exchange(rank_here, rank);
  seats_[static_cast<size_t>(rank)].core.store(sched_getcpu(), std::memory_order_relaxed);
  try {
    job(rank);
  } catch (const Abandoned&) {  // the member that threw has left its reason
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
    }
    failed_.store(true);
    wake();
  }
  rank_here = rank_before;
}

void ThreadTeam::run(const std::function<void(int)>& job) {
  // The workers are waiting for the next generation, so these are the caller's own until it publishes them.
  job_ = &job;
  failed_.store(false, std::memory_order_relaxed);
  arrived_.store(0, std::memory_order_relaxed);  // members of a failed job may have been left at a barrier
  running_.store(size_ - 1, std::memory_order_relaxed);
  generation_.fetch_add(1);
  wake();
  call(job, 0);
  wait(0, [&] { return running_.load() == 0; });
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadTeam::work(int rank) {
  for (uint64_t seen = 0;; ++seen) {
    wait(rank, [&] { return generation_.load() != seen; });
    if (stop_) return;
    call(*job_, rank);
    if (running_.fetch_sub(1) == 1) wake();
  }
}

void ThreadTeam::barrier() {
  if (size_ == 1) return;
  const uint64_t phase = phase_.load();  // cannot change before this member has arrived
  if (arrived_.fetch_add(1) == size_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    phase_.fetch_add(1);
    wake();
    return;
  }
  wait(rank_here, [&] { return phase_.load() != phase || failed_.load(); });
  if (phase_.load() == phase) throw Abandoned{};
}

}  // namespace retrograd
