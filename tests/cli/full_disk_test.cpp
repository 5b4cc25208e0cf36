// A disk that is really full: a small file system in memory, filled so far that this or that no longer fits.
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "resumed_run.hpp"

namespace retrograd::cli_test {
namespace {

class FullDisk : public ResumedRun {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(path("disk"));
    if (mount("tmpfs", path("disk").c_str(), "tmpfs", 0, "size=4m") != 0)
      GTEST_SKIP() << "a small file system cannot be mounted here: " << std::strerror(errno)
                   << " (mounting takes the rights of an administrator)";
    mounted_ = true;
    must(start(words_, "whole"));
    model_ = read("whole/model.onnx");
  }
  void TearDown() override {
    if (mounted_) umount2(path("disk").c_str(), MNT_DETACH);
  }

  size_t free_bytes() const {
    struct statvfs s {};
    EXPECT_EQ(statvfs(path("disk").c_str(), &s), 0);
    return s.f_bfree * s.f_frsize;
  }
  /// Fills the disk up to `left` bytes.
  void fill(size_t left) const {
    std::filesystem::remove(path("disk/ballast"));
    const size_t free = free_bytes();
    ASSERT_GT(free, left);
    write("disk/ballast", std::string(free - left, 'x'));
    ASSERT_EQ(free_bytes(), left);
  }
  size_t size_of(const std::string& name) const {
    const size_t page = 4096;
    return (std::filesystem::file_size(path(name)) + page - 1) / page * page;
  }
  /// With room again the run comes to its end, and to its model.
  void goes_on(const std::string& out) const {
    std::filesystem::remove(path("disk/ballast"));
    const Finished f = must(again(words_, out, 2));
    EXPECT_TRUE(read(out + "/model.onnx") == model_) << f.err;
    std::filesystem::remove_all(path(out));
  }

  const Words words_ = {"--preset", "plain", "--target",   "label", "--hidden",           "48",    "--epochs", "4",
                        "--batch",  "64",    "--patience", "0",     "--checkpoint-every", "3steps"};
  std::string model_;

 private:
  bool mounted_ = false;
};

TEST_F(FullDisk, WhateverNoLongerFits) {
  size_t all = 0;
  for (const char* folder : {"whole", "whole/checkpoint"})
    for (const std::string& name : list(folder))
      if (!std::filesystem::is_directory(path(std::string(folder) + "/" + name)))
        all += size_of(std::string(folder) + "/" + name);
  int no_checkpoint = 0, no_model = 0, nothing_missed = 0;
  // The last of these holds all files, the temporaries beside them, and a third checkpoint.
  const size_t step = all / 16 / 4096 * 4096 + 4096;
  for (size_t left = 0; left < 3 * all; left += step) {
    SCOPED_TRACE(left);
    fill(left);
    const Finished f = run(start(words_, "disk/run"));
    ASSERT_TRUE(f.code == 0 || f.code == 1) << f.code << f.err;
    if (f.code == 0) {
      EXPECT_TRUE(read("disk/run/model.onnx") == model_);
      EXPECT_TRUE(f.err.empty() || f.err.find("No space left on device") != std::string::npos) << f.err;
      no_checkpoint += f.err.find("warning: no checkpoint at step ") != std::string::npos;
      nothing_missed += f.err.empty();
    } else {
      EXPECT_NE(f.err.find("error: "), std::string::npos) << f.err;
      EXPECT_NE(f.err.find("No space left on device"), std::string::npos) << f.err;
      EXPECT_FALSE(exists("disk/run/model.onnx"));
      ++no_model;
    }
    goes_on("disk/run");
  }
  EXPECT_GT(no_checkpoint, 0);
  EXPECT_GT(no_model, 1);
  EXPECT_GT(nothing_missed, 0);
}

/// The files of a run come together or not at all: with room for the model alone, history and configuration are what
/// cannot be written.
TEST_F(FullDisk, AtTheHistory) {
  const Words words = joined(start(words_, "disk/run"), {"--checkpoint-every", "none"});
  int at_others = 0;
  // The place of the first thing that does not fit moves with every page that is left.
  for (size_t more = 0; more <= size_of("whole/model.onnx") + 5 * 4096; more += 4096) {
    SCOPED_TRACE(more);
    fill(more);
    const Finished f = run(words);
    if (f.code == 0) {
      for (const std::string name : {"model.onnx", "config.toml", "history.csv", "history.jsonl"})
        EXPECT_TRUE(exists("disk/run/" + name)) << name;
    } else {
      EXPECT_EQ(f.code, 1) << f.err;
      for (const std::string name : {"model.onnx", "config.toml"}) EXPECT_FALSE(exists("disk/run/" + name)) << name;
      at_others += f.err.find("history") != std::string::npos || f.err.find("config.toml") != std::string::npos;
    }
    goes_on("disk/run");
  }
  EXPECT_GT(at_others, 0);
}

TEST_F(FullDisk, AtTheReport) {
  const Words loud = joined({"train", "t.csv", "--out", "disk/run", "--quiet"}, words_);
  fill(3 << 20);
  must(loud);
  const size_t report = size_of("disk/run/report.html") + size_of("disk/run/report.json");
  const size_t others = (3 << 20) - free_bytes() - report;
  std::filesystem::remove_all(path("disk/run"));
  fill(2 * others + report / 2 / 4096 * 4096);  // whole pages
  const Finished f = run(loud);
  EXPECT_EQ(f.code, 0) << f.err;  // the model is worth more
  EXPECT_NE(f.err.find("warning: there is no report"), std::string::npos) << f.err;
  EXPECT_NE(f.err.find("No space left on device"), std::string::npos) << f.err;
  EXPECT_TRUE(read("disk/run/model.onnx") == model_);
  for (const char* name : {"disk/run/report.html", "disk/run/report.json"}) EXPECT_FALSE(exists(name)) << name;
  // With room again, going on with the finished run writes what is not there.
  std::filesystem::remove(path("disk/ballast"));
  must({"train", "--resume", "disk/run", "--quiet"});
  for (const char* name : {"disk/run/report.html", "disk/run/report.json"}) EXPECT_TRUE(exists(name)) << name;
  EXPECT_TRUE(read("disk/run/model.onnx") == model_);
}

}  // namespace
}  // namespace retrograd::cli_test
