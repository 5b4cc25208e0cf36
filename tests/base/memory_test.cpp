// What limits memory, as the system's files tell it; made up here, and once as the kernel tells it.
#include "base/memory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "support/message.hpp"

namespace retrograd {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMega = uint64_t{1} << 20;

class MemoryLimits : public testing::Test {
 protected:
  MemoryLimits() {
    std::string name = (fs::temp_directory_path() / "retrograd-memory-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    write("meminfo", "MemTotal:       99999999 kB\nMemAvailable:    8192 kB\nSwapFree:    1024 kB\n");
    write("self/status", "Name:\tretrograd\nVmSize:\t    3072 kB\nVmData:\t    1024 kB\n");
    write("self/limits",
          "Limit                     Soft Limit           Hard Limit           Units     \n"
          "Max data size             unlimited            unlimited            bytes     \n"
          "Max address space         unlimited            unlimited            bytes     \n");
  }
  ~MemoryLimits() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  Memory found() const {
    return available_memory(
        {(folder_ / "self").string(), (folder_ / "meminfo").string(), (folder_ / "groups").string()});
  }
  void expect(uint64_t megabytes, const std::string& limit) const {
    EXPECT_EQ(found().bytes, megabytes * kMega);
    EXPECT_EQ(found().limit, limit);
  }

  fs::path folder_;
};

TEST_F(MemoryLimits, FreeMemoryAndSwap) { expect(9, "free memory"); }

TEST_F(MemoryLimits, NothingThatCanBeReadIsNoLimit) {
  for (const char* name : {"meminfo", "self"}) fs::remove_all(folder_ / name);
  EXPECT_EQ(found().bytes, std::numeric_limits<uint64_t>::max());
}

TEST_F(MemoryLimits, GroupsOfVersionTwoAndThoseAbove) {
  write("self/cgroup", "0::/a/b\n");
  write("groups/a/b/memory.max", "max\n");
  expect(9, "free memory");
  write("groups/a/memory.max", std::to_string(6 * kMega));
  expect(6, "the control group");
  write("groups/a/memory.current", std::to_string(5 * kMega));
  expect(1, "the control group");
  // Pages of files can be dropped; those of tmpfs ("file" counts them) cannot.
  write("groups/a/memory.stat", "file " + std::to_string(4 * kMega) + "\ninactive_file " + std::to_string(2 * kMega) +
                                    "\nactive_file " + std::to_string(kMega) + "\n");
  expect(4, "the control group");
  write("groups/a/b/memory.max", std::to_string(2 * kMega));
  write("groups/a/b/memory.current", std::to_string(3 * kMega));
  expect(0, "the control group");
}

TEST_F(MemoryLimits, TheGroupOfTheMachine) {
  write("self/cgroup", "0::/\n");
  write("groups/memory.max", std::to_string(3 * kMega));
  expect(3, "the control group");
}

TEST_F(MemoryLimits, GroupsOfVersionOne) {
  write("self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/a\n0::/\n");
  write("groups/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("groups/memory/a/memory.limit_in_bytes", std::to_string(5 * kMega));
  write("groups/memory/a/memory.usage_in_bytes", std::to_string(4 * kMega));
  write("groups/memory/a/memory.stat",
        "inactive_file 77\ntotal_inactive_file " + std::to_string(kMega) + "\ntotal_active_file 0\n");
  expect(2, "the control group");
}

TEST_F(MemoryLimits, OfTheProcess) {
  write("self/limits", "Max data size             4194304              unlimited            bytes\n");
  expect(3, "ulimit -d");
  write("self/limits", "Max address space         5242880              unlimited            bytes\n");
  expect(2, "ulimit -v");
  write("self/limits", "Max data size             1                    unlimited            bytes\n");
  expect(0, "ulimit -d");
}

TEST(Memory, AsTheKernelTells) {
  const Memory memory = available_memory();
  EXPECT_GT(memory.bytes, kMega);
  EXPECT_LT(memory.bytes, uint64_t{1} << 50);
  EXPECT_GT(peak_resident(), kMega);
  EXPECT_EQ(support::message_of([] { require_memory(1e6, "this", "that"); }), "(accepted)");
  const std::string refused = support::message_of([] { require_memory(1e30, "this", "give less"); });
  EXPECT_EQ(refused.find("this takes about 1e+12 EB of memory, but "), 0u) << refused;
  EXPECT_TRUE(refused.ends_with(" left (" + memory.limit + "); give less")) << refused;
}

TEST(Memory, BytesAsText) {
  EXPECT_EQ(bytes_text(0), "0 bytes");
  EXPECT_EQ(bytes_text(999), "999 bytes");
  EXPECT_EQ(bytes_text(1500), "1.5 kB");
  EXPECT_EQ(bytes_text(999.7e3), "1 MB");
  EXPECT_EQ(bytes_text(38.4e6), "38.4 MB");
  EXPECT_EQ(bytes_text(12e9), "12 GB");
}

}  // namespace
}  // namespace retrograd
