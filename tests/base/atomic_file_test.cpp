#include "base/atomic_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "retrograd/error.hpp"
#include "support/message.hpp"

namespace retrograd {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string message(const std::string& path, std::string_view bytes) {
  return support::message_of([&] { write_file_atomically(path, bytes); });
}

class AtomicFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "retrograd-atomic-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    fs::permissions(folder_, fs::perms::owner_all);
    fs::remove_all(folder_);
  }
  size_t files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  fs::path folder_;
};

TEST_F(AtomicFile, WritesAndReplacesAndLeavesNothingElse) {
  const fs::path path = folder_ / "model";
  write_file_atomically(path, std::string("a\0b", 3));
  EXPECT_EQ(slurp(path), std::string("a\0b", 3));
  write_file_atomically(path, "");
  EXPECT_EQ(slurp(path), "");
  write_file_atomically(path, std::string(3'000'000, 'x'));
  EXPECT_EQ(slurp(path), std::string(3'000'000, 'x'));
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFile, KeepsTheModeAndFollowsALink) {
  const fs::path path = folder_ / "real", link = folder_ / "link";
  write_file_atomically(path, "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("real", link);
  write_file_atomically(link, "new");
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(slurp(path), "new");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

// The size limit of a process makes write() fail half-way, as a full disk does.
TEST_F(AtomicFile, AFailureHalfWayKeepsTheOldFileAndRemovesTheTemporary) {
  const fs::path path = folder_ / "model";
  write_file_atomically(path, "old");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string over = message(path, std::string(5000, 'x'));
  const std::string fresh = message(folder_ / "fresh", std::string(5000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_EQ(over, "cannot write " + path.string() + ": File too large; the file that was there is unchanged");
  EXPECT_EQ(fresh, "cannot write " + (folder_ / "fresh").string() + ": File too large; nothing was left behind");
  EXPECT_EQ(slurp(path), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFile, AFullDeviceIsAnError) {
  EXPECT_EQ(message("/dev/full", "x"), "cannot write /dev/full: No space left on device");
  EXPECT_EQ(message("/dev/null", "x"), "(accepted)");
}

TEST_F(AtomicFile, RefusesADirectoryAndAMissingFolder) {
  EXPECT_EQ(message(folder_, "x"), "cannot write " + folder_.string() + ": it is a directory; name a file");
  const std::string missing = (folder_ / "no" / "model").string();
  EXPECT_EQ(message(missing, "x"), "cannot write " + missing + ": No such file or directory; nothing was left behind");
}

TEST_F(AtomicFile, RefusesAnUnwritableFolder) {
  if (geteuid() == 0) {
    // Root may write anywhere; a folder of the kernel is the one that refuses it too.
    EXPECT_NE(message("/proc/retrograd", "x").find("cannot write /proc/retrograd: "), std::string::npos);
    return;
  }
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  const std::string path = (folder_ / "model").string();
  EXPECT_EQ(message(path, "x"), "cannot write " + path + ": Permission denied; nothing was left behind");
}

}  // namespace
}  // namespace retrograd
