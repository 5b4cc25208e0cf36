#include "base/thread_team.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace retrograd {
namespace {

TEST(ThreadTeam, RunsEveryMemberOnceEachJob) {
  for (int size : {1, 2, 3, 7}) {
    ThreadTeam team(size);
    for (int job = 0; job < 200; ++job) {
      std::atomic<int> mask{0};
      team.run([&](int rank) { mask.fetch_or(1 << rank); });
      ASSERT_EQ(mask.load(), (1 << size) - 1);
    }
  }
}

TEST(ThreadTeam, BarrierSeparatesPhases) {
  ThreadTeam team(3);
  std::atomic<int> first{0};
  std::atomic<int> early{0};
  team.run([&](int) {
    for (int phase = 1; phase <= 50; ++phase) {
      first.fetch_add(1);
      team.barrier();
      if (first.load() < 3 * phase) early.fetch_add(1);
      team.barrier();
    }
  });
  EXPECT_EQ(early.load(), 0);
}

TEST(ThreadTeam, RethrowsFromAnyMemberAndStaysUsable) {
  ThreadTeam team(2);
  EXPECT_THROW(team.run([](int rank) {
    if (rank == 1) throw std::runtime_error("from a worker");
  }),
               std::runtime_error);
  std::atomic<int> count{0};
  team.run([&](int) { ++count; });
  EXPECT_EQ(count.load(), 2);
}

// Without a release the others would wait for ever: the test would run into its time limit.
TEST(ThreadTeam, ThrowingBetweenBarriersReleasesTheOthers) {
  for (int size : {2, 3, 7}) {
    ThreadTeam team(size);
    for (int thrower = 0; thrower < size; ++thrower) {
      std::atomic<int> second{0}, third{0};
      std::string reason;
      try {
        team.run([&](int rank) {
          team.barrier();
          ++second;
          if (rank == thrower) throw std::runtime_error("from member " + std::to_string(rank));
          team.barrier();
          ++third;
        });
      } catch (const std::runtime_error& error) {
        reason = error.what();
      }
      EXPECT_EQ(reason, "from member " + std::to_string(thrower));
      EXPECT_EQ(second.load(), size);
      EXPECT_EQ(third.load(), 0);
      std::atomic<int> before{0}, early{0};
      team.run([&](int) {  // the barrier counts from zero again
        ++before;
        team.barrier();
        if (before.load() != size) ++early;
      });
      EXPECT_EQ(early.load(), 0);
    }
  }
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

TEST(ThreadTeam, SleepsThroughLongWaits) {
  ThreadTeam team(4);
  const double begin = cpu_seconds();
  for (int i = 0; i < 3; ++i) {  // between jobs, at a barrier, and at the end of a job
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    team.run([&](int rank) {
      if (rank == 1) std::this_thread::sleep_for(std::chrono::milliseconds(100));
      team.barrier();
      if (rank == 2) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    });
  }
  EXPECT_LT(cpu_seconds() - begin, 0.2);  // awake it takes 0.3 s on a busy machine, a second on an idle one
}

// Plain numbers handed round the team: every member must see what its neighbour wrote before the barrier.
TEST(ThreadTeam, BarriersHandOverDataWithManyMoreMembersThanCores) {
  const int size = 4 * static_cast<int>(std::max(1u, std::thread::hardware_concurrency())) + 3;
  ThreadTeam team(size);
  std::vector<int> values[2];
  for (auto& v : values) v.resize(static_cast<size_t>(size));
  constexpr int kPhases = 300;
  team.run([&](int rank) {
    for (int phase = 0; phase < kPhases; ++phase) {
      values[(phase + 1) % 2][static_cast<size_t>(rank)] =
          values[phase % 2][static_cast<size_t>((rank + 1) % size)] + 1;
      team.barrier();
    }
  });
  EXPECT_EQ(values[0], std::vector<int>(static_cast<size_t>(size), kPhases));
}

TEST(ThreadTeam, SharesCoverTheRangeOnce) {
  for (int64_t count : {0, 1, 5, 64, 1000}) {
    for (int size : {1, 2, 3, 7}) {
      int64_t next = 0;
      for (int rank = 0; rank < size; ++rank) {
        const Range r = share(count, rank, size);
        EXPECT_EQ(r.begin, next);
        next = r.end;
      }
      EXPECT_EQ(next, count);
    }
  }
}

}  // namespace
}  // namespace retrograd
