// The files of checkpoints: the last two are kept, a damaged one is passed over, nothing is mixed.
#include "train/checkpoint/checkpoint_folder.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "retrograd/checkpoint.hpp"
#include "support/message.hpp"
#include "train/run_folder.hpp"

namespace retrograd::training {
namespace {

using support::message_of;
using testing_train::names_in;
using testing_train::slurp;
using testing_train::spill;
using Words = std::vector<std::string>;

class Folder : public testing::Test {
 protected:
  static nlohmann::json body(int k) { return {{"k", k}, {"finished", k == 9}}; }
  static std::string tensors(int k) { return "tensors of " + std::to_string(k); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

  /// The number of the newest whole one, or 0.
  int newest(size_t warnings) const {
    Words lines;
    const auto stored = newest_checkpoint(path_, lines);
    EXPECT_EQ(lines.size(), warnings);
    if (!stored) return 0;
    const int k = stored->body.at("k");
    EXPECT_EQ(stored->tensors, tensors(k));
    return k;
  }

  const testing_train::TemporaryFolder root_;
  const std::string path_ = root_ / "checkpoint";
};

TEST_F(Folder, NoneIsNoError) {
  EXPECT_EQ(newest(0), 0);
  CheckpointFolder made(path_);
  EXPECT_EQ(newest(0), 0);
  EXPECT_FALSE(latest_checkpoint(path_));
}

TEST_F(Folder, TheLastTwoAreKept) {
  CheckpointFolder folder(path_);
  for (int k = 1; k <= 5; ++k) {
    folder.write(body(k), tensors(k));
    EXPECT_EQ(newest(0), k);
  }
  EXPECT_EQ(names_in(path_), (Words{"00000004.json", "00000004.safetensors", "00000005.json", "00000005.safetensors"}));
}

TEST_F(Folder, NumbersGoOnInTheNextRun) {
  {
    CheckpointFolder folder(path_);
    folder.write(body(1), tensors(1));
  }
  CheckpointFolder folder(path_);
  folder.write(body(2), tensors(2));
  EXPECT_EQ(names_in(path_).back(), "00000002.safetensors");
  EXPECT_EQ(newest(0), 2);
}

TEST_F(Folder, EveryFlippedBitAndEveryTruncationIsNoticed) {
  CheckpointFolder folder(path_);
  folder.write(body(1), tensors(1));
  folder.write(body(2), tensors(2));
  for (const char* name : {"00000002.json", "00000002.safetensors"}) {
    const std::string good = slurp(file(name));
    for (size_t at = 0; at < good.size(); ++at) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 1);
      spill(file(name), bad);
      // Spaces between the numbers of the manifest may change without harm; then it is still number 2.
      Words lines;
      const auto stored = newest_checkpoint(path_, lines);
      ASSERT_TRUE(stored);
      EXPECT_TRUE(stored->body.at("k") == 1 || (stored->body.at("k") == 2 && stored->tensors == tensors(2))) << at;
      if (at + 1 == good.size() && good[at] == '\n') continue;  // a text without its last newline says the same
      spill(file(name), good.substr(0, at));
      EXPECT_EQ(newest(1), 1) << name << " cut at " << at;
    }
    spill(file(name), good);
    EXPECT_EQ(newest(0), 2);
  }
}

TEST_F(Folder, AMissingOrForeignFileIsPassedOver) {
  CheckpointFolder folder(path_);
  folder.write(body(1), tensors(1));
  folder.write(body(2), tensors(2));
  spill(file("notes.txt"), "mine");
  spill(file("12.json"), "{}");
  std::filesystem::remove(file("00000002.safetensors"));
  EXPECT_EQ(newest(1), 1);
  std::filesystem::remove(file("00000002.json"));
  EXPECT_EQ(newest(0), 1);
  spill(file("00000001.json"), "{}");
  EXPECT_NE(message_of([&] { newest(0); }).find("no checkpoint is whole"), std::string::npos);
}

TEST_F(Folder, TheManifestOfAnotherFormatIsNamed) {
  EXPECT_NE(message_of([] {
              manifest_body(R"({"format":"retrograd checkpoint 2","xxh3":"","body":{}})", "m");
            }).find("m: format \"retrograd checkpoint 2\", this program reads"),
            std::string::npos);
  EXPECT_NE(message_of([] {
              manifest_body(R"({"format":"retrograd checkpoint 1","xxh3":"0","body":{}})", "m");
            }).find("m: its content is not what was written"),
            std::string::npos);
}

TEST_F(Folder, OneRunAtATime) {
  auto first = std::make_unique<CheckpointFolder>(path_);
  EXPECT_THROW(CheckpointFolder second(path_), FolderInUse);
  EXPECT_NE(message_of([&] { CheckpointFolder second(path_); }).find("is in use"), std::string::npos);
  first.reset();
  EXPECT_NO_THROW(CheckpointFolder second(path_));
}

TEST_F(Folder, WhatAKilledRunWasWritingIsRemoved) {
  { CheckpointFolder(path_).write(body(1), tensors(1)); }
  spill(file("00000002.safetensors.tmp-123-0"), "half");
  spill(file("00000002.json.tmp-123-1"), "half");
  spill(file("mine.tmp-1-1"), "not a checkpoint's");
  CheckpointFolder folder(path_);
  EXPECT_EQ(names_in(path_), (Words{"00000001.json", "00000001.safetensors", "mine.tmp-1-1"}));
}

TEST_F(Folder, AnUnfinishedRunIsMovedAndAFinishedOneIsReplaced) {
  {
    CheckpointFolder folder(path_);
    folder.write(body(1), tensors(1));
    EXPECT_NE(folder.begin_anew().find("were moved to " + path_ + ".before"), std::string::npos);
    EXPECT_TRUE(names_in(path_).empty());
    EXPECT_EQ(names_in(path_ + ".before").size(), 2u);
    EXPECT_THROW(CheckpointFolder second(path_), FolderInUse);  // the new folder is held, too
    folder.write(body(9), tensors(9));
    EXPECT_EQ(folder.begin_anew(), "");
    EXPECT_EQ(newest(0), 9);  // until there is another
    folder.write(body(4), tensors(4));
    EXPECT_EQ(newest(0), 4);
    EXPECT_EQ(names_in(path_).size(), 2u);
  }
  EXPECT_EQ(slurp(path_ + ".before/00000001.safetensors"), tensors(1));
}

// The size limit of a process makes write() fail half-way, as a full disk does.
TEST_F(Folder, AFailedWriteLeavesWhatWasThere) {
  CheckpointFolder folder(path_);
  folder.write(body(1), tensors(1));
  folder.write(body(2), tensors(2));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 100;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string data = message_of([&] { folder.write(body(3), std::string(1000, 'x')); });
  const std::string manifest = message_of([&] { folder.write({{"k", std::string(200, 'y')}}, "short"); });
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_NE(data.find("File too large"), std::string::npos) << data;
  EXPECT_NE(manifest.find("File too large"), std::string::npos) << manifest;
  EXPECT_EQ(newest(0), 2);
  EXPECT_EQ(names_in(path_).size(), 4u);
  folder.write(body(5), tensors(5));
  EXPECT_EQ(newest(0), 5);
}

TEST_F(Folder, NotesThatAreNotTextAreAnError) {
  CheckpointFolder folder(path_);
  EXPECT_NE(message_of([&] { folder.write({{"k", "\xff"}}, "t"); }).find("not UTF-8"), std::string::npos);
  EXPECT_TRUE(names_in(path_).empty());
}

}  // namespace
}  // namespace retrograd::training
