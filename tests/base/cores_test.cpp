// Of the machine's cores those count that a process is bound to.
#include "base/cores.hpp"

#include <gtest/gtest.h>

namespace retrograd {
namespace {

TEST(Cores, AreThoseThatAThreadIsBoundTo) {
  EXPECT_GE(available_cores(), 1);
  std::thread bound([] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<size_t>(sched_getcpu()), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    EXPECT_EQ(available_cores(), 1);
  });
  bound.join();
}

}  // namespace
}  // namespace retrograd
