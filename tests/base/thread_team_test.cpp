#include "base/thread_team.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

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
