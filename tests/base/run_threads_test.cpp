#include "base/run_threads.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/thread_team.hpp"

namespace retrograd {
namespace {

/// No thread starts: each would need a stack that no memory holds.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t endless = before_;
    pthread_attr_setstacksize(&endless, size_t{1} << 60);
    pthread_setattr_default_np(&endless);
  }
  ~NoThreads() { pthread_setattr_default_np(&before_); }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_;
};

TEST(RunThreads, RunsEachOnceOnItsOwnThread) {
  for (const int count : {0, 1, 2, 7}) {
    std::vector<std::thread::id> ran(static_cast<size_t>(count));
    std::vector<int> times(static_cast<size_t>(count));
    run_threads(count, [&](int64_t i) {
      ran[static_cast<size_t>(i)] = std::this_thread::get_id();
      ++times[static_cast<size_t>(i)];
    });
    EXPECT_EQ(times, std::vector<int>(static_cast<size_t>(count), 1));
    for (size_t i = 0; i < ran.size(); ++i) EXPECT_EQ(ran[i] == std::this_thread::get_id(), i == 0) << i;
  }
}

TEST(RunThreads, ThrowsTheFirstInOrderAfterAllHaveRun) {
  std::atomic<int> ran{0};
  try {
    run_threads(5, [&](int64_t i) {
      ++ran;
      if (i == 1 || i == 3) throw std::runtime_error(std::to_string(i));
    });
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "1");
  }
  EXPECT_EQ(ran, 5);
}

TEST(RunThreads, WithoutThreadsTheCallerDoesAll) {
  const NoThreads none;
  std::vector<std::thread::id> ran(4);
  run_threads(4, [&](int64_t i) { ran[static_cast<size_t>(i)] = std::this_thread::get_id(); });
  EXPECT_EQ(ran, std::vector<std::thread::id>(4, std::this_thread::get_id()));
}

TEST(ThreadTeam, SaysHowManyThreadsTheSystemStarted) {
  const NoThreads none;
  std::string message;
  try {
    const ThreadTeam team(3);
  } catch (const std::exception& error) {
    message = error.what();
  }
  EXPECT_NE(message.find("started 1 of 3 threads"), std::string::npos) << message;
}

}  // namespace
}  // namespace retrograd
