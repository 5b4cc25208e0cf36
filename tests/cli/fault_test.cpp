// A disk that fails: every call that changes a file, with every error, at every place. Training goes on, nothing that
// was there is lost, and what could not be written is said.
#include <cerrno>
#include <csignal>
#include <string>

#include "resumed_run.hpp"

namespace retrograd::cli_test {
namespace {

class FaultyDisk : public ResumedRun {
 protected:
  FaultyDisk() {
    must(start(words_, "whole"));
    model_ = read("whole/model.onnx");
  }

  static ChildOptions faulty(const std::string& plan, const std::string& count = {}) {
    ChildOptions options;
    options.environment = {{"LD_PRELOAD", RETROGRAD_FAULTY_DISK},
                           {"FAULTY_DISK", plan},
                           // A library before the sanitizer's own is what we want here.
                           {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
    if (!count.empty()) options.environment["FAULTY_DISK_COUNT"] = count;
    return options;
  }

  /// Calls of that kind in a run without faults.
  int calls(const std::string& call) const {
    must(start(words_, "counted-" + call), faulty(call + ",0,1000000,1", path("count")));
    const int n = std::stoi(read("count"));
    EXPECT_GT(n, 1) << call;
    return n;
  }

  /// What is there after a fault, on a disk that works again: the run comes to its end, and to its model.
  void goes_on(const std::string& out) const {
    const Finished f = must(again(words_, out, 2));
    EXPECT_TRUE(read(out + "/model.onnx") == model_) << f.err;
  }

  const Words words_ = {"--target", "label", "--hidden",   "16", "--epochs",           "6",
                        "--batch",  "64",    "--patience", "0",  "--checkpoint-every", "3steps"};
  std::string model_;
};

TEST_F(FaultyDisk, ErrorsAtEveryPlace) {
  int out = 0, kept = 0, failed = 0;
  for (const char* call : {"write", "fsync", "rename", "create", "mkdir"}) {
    const int last = calls(call);
    for (const int error : {ENOSPC, EIO}) {
      for (int first = 1; first <= last; first += 1 + last / 6) {
        for (const int count : {1, 0}) {  // once, or from there on
          const std::string run = "run" + std::to_string(out++);
          const std::string plan = std::string(call) + "," + std::to_string(error) + "," + std::to_string(first) + "," +
                                   std::to_string(count);
          SCOPED_TRACE(plan);
          const Finished f = this->run(start(words_, run), faulty(plan));
          ASSERT_TRUE(f.code == 0 || f.code == 1) << f.code << f.err;
          EXPECT_EQ(f.err.find("terminate"), std::string::npos) << f.err;
          const std::string reason = error == ENOSPC ? "No space left on device" : "Input/output error";
          if (f.code == 0) {
            ++kept;
            EXPECT_TRUE(read(run + "/model.onnx") == model_);
            // What was not written was said.
            if (!f.err.empty()) {
              EXPECT_NE(f.err.find(reason), std::string::npos) << f.err;
            }
          } else {
            ++failed;
            EXPECT_NE(f.err.find("error: "), std::string::npos) << f.err;
            EXPECT_NE(f.err.find(reason), std::string::npos) << f.err;
            EXPECT_FALSE(exists(run + "/model.onnx"));
          }
          goes_on(run);
        }
      }
    }
  }
  EXPECT_GT(kept, 20);
  EXPECT_GT(failed, 20);
}

TEST_F(FaultyDisk, ShortWritesAreGoneOnWith) {
  const Finished f = must(start(words_, "run"), faulty("write,short,1,0"));
  EXPECT_EQ(f.err, "");
  EXPECT_TRUE(read("run/model.onnx") == model_);
}

TEST_F(FaultyDisk, ACheckpointThatCannotBeWrittenIsAWarning) {
  const int manifest = 4;  // of the second checkpoint
  const Finished f = must(start(words_, "run"), faulty("write,28," + std::to_string(manifest) + ",1"));
  for (const char* part : {"warning: no checkpoint at step ", "No space left on device", "training goes on",
                           "the checkpoint of step 0 stays"})
    EXPECT_NE(f.err.find(part), std::string::npos) << f.err << "\nlacks: " << part;
  EXPECT_TRUE(read("run/model.onnx") == model_);
}

TEST_F(FaultyDisk, AModelThatCannotBeWrittenIsExitCodeOneAndNotLost) {
  const int writes = calls("write");
  // The model is the first of the run's files; its checkpoints are whole.
  int first = writes;
  Finished f;
  do {
    f = run(start(words_, "run"), faulty("write,5," + std::to_string(first--) + ",0"));
  } while (first > 0 && f.err.find("model.onnx") == std::string::npos);
  EXPECT_EQ(f.code, 1);
  for (const char* part :
       {"error: ", "model.onnx", "Input/output error", "retrograd train --resume run writes the model"})
    EXPECT_NE(f.err.find(part), std::string::npos) << f.err << "\nlacks: " << part;
  goes_on("run");
}

/// Death just before each call: also in the middle of a checkpoint, and of the run's last files.
TEST_F(FaultyDisk, KilledBeforeEachCall) {
  int out = 0;
  for (const char* call : {"write", "fsync", "rename", "create", "unlink"}) {
    const int last = calls(call);
    for (int first = 1; first <= last; first += 1 + last / 20) {
      const std::string run = "run" + std::to_string(out++);
      SCOPED_TRACE(std::string(call) + " " + std::to_string(first));
      const Finished f =
          this->run(start(words_, run), faulty(std::string(call) + ",kill," + std::to_string(first) + ",1"));
      EXPECT_EQ(f.code, 1000 + SIGKILL) << f.err;
      goes_on(run);
    }
  }
}

}  // namespace
}  // namespace retrograd::cli_test
