// Checkpoints that are damaged, or cannot be written.
#include <sys/resource.h>

#include <csignal>

#include "train/stopped_run.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

TEST_F(Checkpoints, ADamagedOneIsPassedOver) {
  const Trained expected = setting_.run(setting_.options);
  setting_.run_and_die(options_, 15);
  const auto info = latest_checkpoint(options_.checkpoint.folder);
  EXPECT_EQ(info->step, 14);
  const std::string tensors = info->file.substr(0, info->file.size() - 5) + ".safetensors";
  std::string bytes = slurp(tensors);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  spill(tensors, bytes);
  EXPECT_EQ(latest_checkpoint(options_.checkpoint.folder)->step, 12);
  EXPECT_EQ(latest_checkpoint(options_.checkpoint.folder)->warnings.size(), 1u);
  std::vector<std::string> lines;
  Callbacks callbacks;
  callbacks.log = [&](const std::string& line) { lines.push_back(line); };
  options_.checkpoint.resume = true;
  expect_same(setting_.run(options_, callbacks), expected);
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  expect_mentions(all, {"warning: a checkpoint is damaged and passed over: " + tensors,
                        "going on from the checkpoint before", "going on from step 12"});
}

// The size limit of a process makes write() fail half-way, as a full disk does.
TEST_F(Checkpoints, WhenTheyCannotBeWrittenTrainingGoesOn) {
  const Trained expected = setting_.run(setting_.options);
  std::vector<std::string> lines;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  Callbacks callbacks;
  callbacks.log = [&](const std::string& line) { lines.push_back(line); };
  const auto limit = [&](rlim_t bytes) {
    rlimit now = before;
    now.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &now);
  };
  callbacks.step = [&](int64_t step, int64_t) -> bool {
    if (step == 5) limit(1000);
    if (step == 11) limit(before.rlim_cur);
    if (step == 15) limit(1000);
    return false;
  };
  const Trained found = setting_.run(options_, callbacks);
  limit(before.rlim_cur);
  signal(SIGXFSZ, handler);
  expect_same(found, expected);
  std::vector<std::string> told;
  for (const std::string& line : lines)
    if (line.find("checkpoint") != std::string::npos) told.push_back(line);
  ASSERT_EQ(told.size(), 3u);
  expect_mentions(told[0], {"warning: no checkpoint at step 6: cannot write ", "File too large",
                            "training goes on, the checkpoint of step 4 stays"});
  EXPECT_EQ(told[1], "checkpoints are written again, at step 12");
  expect_mentions(told[2], {"warning: no checkpoint at step 16", "the checkpoint of step 14 stays"});
  EXPECT_EQ(latest_checkpoint(options_.checkpoint.folder)->step, 14);
  options_.checkpoint.resume = true;
  expect_same(setting_.run(options_), expected);
}

TEST_F(Checkpoints, AFolderThatCannotBeMadeIsAWarningToo) {
  spill(folder_ / "file", "");
  options_.checkpoint.folder = folder_ / "file/checkpoint";
  std::vector<std::string> lines;
  Callbacks callbacks;
  callbacks.log = [&](const std::string& line) { lines.push_back(line); };
  expect_same(setting_.run(options_, callbacks), setting_.run(setting_.options));
  expect_mentions(lines.at(0), {"warning: cannot write checkpoints to ", "Not a directory"});
}

}  // namespace
}  // namespace retrograd
