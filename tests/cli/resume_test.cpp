// retrograd train --resume: after Ctrl-C, in another configuration, with damage, and when there is nothing to do.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "resumed_run.hpp"

namespace retrograd::cli_test {
namespace {

class Resumed : public ResumedRun {
 protected:
  /// Waits until a file is there.
  bool comes(const std::string& name) const {
    for (int k = 0; k < 6000; ++k, usleep(10000))
      if (exists(name)) return true;
    return false;
  }
  void refused(const Words& arguments, const Words& parts) const {
    const Finished f = run(arguments);
    EXPECT_EQ(f.code, 1) << f.err;
    EXPECT_NE(f.err.find("error: "), std::string::npos) << f.err;
    for (const std::string& part : parts)
      EXPECT_NE(f.err.find(part), std::string::npos) << f.err << "\nlacks: " << part;
  }

  const Words words_ = {"--target", "label", "--hidden",   "16", "--epochs",           "30",
                        "--batch",  "8",     "--patience", "0",  "--checkpoint-every", "100steps"};
};

TEST_F(Resumed, AfterCtrlCToTheSameBytes) {
  must(start(words_, "whole"));
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string out = signal == SIGINT ? "int" : "term";
    Words loud = {"train", "t.csv", "--out", out, "--no-report"};
    Child child(folder(), joined(loud, words_));
    child.wait_for("epoch ");
    child.signal(signal);
    const Finished f = child.finish();
    if (f.code == 130 && f.out.find("all 30 epochs are done") == std::string::npos) {
      EXPECT_NE(f.err.find("interrupted"), std::string::npos) << f.err;
      EXPECT_NE(f.out.find("to go on: retrograd train --resume " + out), std::string::npos) << f.out;
      EXPECT_NE(read(out + "/model.onnx"), read("whole/model.onnx"));  // the best so far
    } else {
      EXPECT_TRUE(f.code == 0 || f.code == 130) << f.err;  // the machine was too slow to interrupt it in time
    }
    must(resume(out, 2));
    EXPECT_TRUE(read(out + "/model.onnx") == read("whole/model.onnx"));
    EXPECT_EQ(read(out + "/config.toml"), read("whole/config.toml"));
  }
}

TEST_F(Resumed, ASecondCtrlCStopsAtOnceAndKeepsTheCheckpoint) {
  // One step of this takes many seconds: the first signal cannot end it.
  Child child(folder(), {"train", "t.csv", "--target", "label", "--hidden", "3000,3000", "--precision", "float64",
                         "--batch", "full", "--out", "run", "--no-report"});
  ASSERT_TRUE(comes("run/checkpoint/00000001.json"));
  usleep(100000);
  child.signal(SIGINT);
  usleep(200000);
  child.signal(SIGINT);
  const Finished f = child.finish();
  EXPECT_EQ(f.code, 130) << f.err;
  EXPECT_EQ(f.out.find("to go on"), std::string::npos) << f.out;
  EXPECT_FALSE(exists("run/model.onnx"));  // which the end of the step would have brought
  EXPECT_TRUE(holds_checkpoint("run"));
}

TEST_F(Resumed, TheTimeLimitEndsARunThatGoesOn) {
  const Words endless = {"train",     "t.csv",      "--target", "label",        "--out", "run",        "--epochs",
                         "100000000", "--patience", "0",        "--time-limit", "1s",    "--no-report"};
  const Finished f = must(endless);
  for (const char* part : {"the time limit is reached; to go on: retrograd train --resume run", "fingerprint"})
    EXPECT_NE(f.out.find(part), std::string::npos) << f.out;
  const Finished again = must({"train", "--resume", "run", "--json", "--time-limit", "0.5s", "--no-report"});
  const auto json = nlohmann::json::parse(again.out);
  EXPECT_EQ(json.at("stopped"), "the time limit is reached");
  EXPECT_EQ(json.at("finished"), false);
  EXPECT_NE(again.err.find("going on from step "), std::string::npos) << again.err;
}

TEST_F(Resumed, AFinishedRunSaysSo) {
  must(start(words_, "run"));
  const std::string model = read("run/model.onnx");
  std::filesystem::remove(path("t.csv"));  // nothing is read again
  const Finished f = must({"train", "--resume", "run", "--no-report"});
  EXPECT_NE(f.out.find("run is finished (all 30 epochs are done)"), std::string::npos) << f.out;
  const auto json = nlohmann::json::parse(must({"train", "--resume", "run", "--no-report", "--json"}).out);
  EXPECT_EQ(json.at("finished"), true);
  EXPECT_EQ(json.at("epochs"), 30);
  EXPECT_TRUE(read("run/model.onnx") == model);
}

TEST_F(Resumed, ALostModelIsWrittenAgainAndEpochsMayGrow) {
  must(start(words_, "run"));
  const std::string model = read("run/model.onnx");
  std::filesystem::remove(path("run/model.onnx"));
  must(resume("run", 1));
  EXPECT_TRUE(read("run/model.onnx") == model);
  const Finished f = must({"train", "--resume", "run", "--epochs", "33", "--no-report"});
  EXPECT_NE(f.out.find("all 33 epochs are done"), std::string::npos) << f.out;
}

TEST_F(Resumed, AnotherRunIsRefusedWithTheDifference) {
  must(start(words_, "run"));
  const std::string head = "this run is not the one that was stopped";
  refused({"train", "--resume", "run", "--lr", "0.5"}, {head, "learning rate: 0.04 in the checkpoint, 0.5 now"});
  refused({"train", "--resume", "run", "--hidden", "17"}, {head, "units: 16 in the checkpoint, 17 now"});
  refused({"train", "--resume", "run", "--epochs", "5"}, {head, "epochs: 30 in the checkpoint, 5 now"});
  refused({"train", "--resume", "run", "--out", "other"}, {"a run goes on in its own folder"});
  refused({"train", "--resume", "nothing"}, {"--resume nothing: there is no such folder"});
  refused({"train", "--resume", "."}, {"--resume .: there is no checkpoint in it; start the run again"});
  std::string csv = table_csv();
  csv.replace(csv.rfind(",high"), 5, ",low");
  write("t.csv", csv);
  refused({"train", "--resume", "run", "--epochs", "40"}, {head, "data, "});
}

TEST_F(Resumed, DamageIsNamedAndTheOneBeforeIsUsed) {
  must(start(words_, "whole"));
  must(start(words_, "run"));
  const Words names = list("run/checkpoint");
  ASSERT_EQ(names.size(), 4u);
  const std::string newest = "run/checkpoint/" + names.back();
  std::string bytes = read(newest);
  bytes[bytes.size() / 3] = static_cast<char>(bytes[bytes.size() / 3] ^ 0x10);
  write(newest, bytes);
  const Finished f = must({"train", "--resume", "run", "--no-report"});
  EXPECT_NE(f.out.find("warning: a checkpoint is damaged and passed over: " + newest), std::string::npos) << f.out;
  EXPECT_NE(f.out.find("going on from the checkpoint before"), std::string::npos) << f.out;
  EXPECT_TRUE(read("run/model.onnx") == read("whole/model.onnx"));
  for (const std::string& name : list("run/checkpoint")) write("run/checkpoint/" + name, "x");
  refused({"train", "--resume", "run"}, {"no checkpoint is whole", "it is not the manifest of a checkpoint"});
}

TEST_F(Resumed, ASecondProcessIsKeptOut) {
  const Words words = {"--target", "label", "--epochs", "100000000", "--patience", "0", "--no-report"};
  Child child(folder(), joined({"train", "t.csv", "--out", "run"}, words));
  ASSERT_TRUE(comes("run/checkpoint/00000001.json"));
  refused({"train", "--resume", "run", "--no-report"}, {"run/checkpoint is in use"});
  child.signal(SIGINT);
  EXPECT_EQ(child.finish().code, 130);
}

}  // namespace
}  // namespace retrograd::cli_test
