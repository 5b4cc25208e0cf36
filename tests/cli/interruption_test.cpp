// Ctrl-C and SIGTERM.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "inputs.hpp"
#include "program.hpp"

namespace retrograd::cli_test {
namespace {

using Words = std::vector<std::string>;

class Interrupted : public Cli {
 protected:
  Interrupted() { write("t.csv", table_csv()); }
  const Words endless_ = {"train", "t.csv",    "--target",  "label",      "--out", "run",     "--hidden",
                          "16",    "--epochs", "100000000", "--patience", "0",     "--batch", "8"};
};

TEST_F(Interrupted, TheBestModelIsKept) {
  for (int signal : {SIGINT, SIGTERM}) {
    Child child(folder(), endless_);
    ASSERT_TRUE(child.wait_for("epoch         1/100000000")) << child.finish().out;
    child.signal(signal);
    const Finished f = child.finish();
    EXPECT_EQ(f.code, 130) << f.err;
    EXPECT_NE(f.err.find("interrupted"), std::string::npos) << f.err;
    EXPECT_NE(f.out.find("fingerprint"), std::string::npos) << f.out;
    for (const std::string& name : kRunFiles) EXPECT_TRUE(exists("run/" + name)) << name;
    must({"evaluate", "run", "t.csv"});
    EXPECT_NE(must({"show", "run"}).out.find("interrupted"), std::string::npos);
  }
}

TEST_F(Interrupted, JsonIsStillOneObject) {
  Words words = endless_;
  words.emplace_back("--json");
  Child child(folder(), words);
  // Nothing is printed while it trains; the first checkpoint says that it does.
  for (int k = 0; k < 5000 && !exists("run/checkpoint/00000001.json"); ++k) usleep(100000);
  child.signal(SIGINT);
  const Finished f = child.finish();
  EXPECT_EQ(f.code, 130) << f.err;
  EXPECT_EQ(nlohmann::json::parse(f.out).at("stopped"), "interrupted");
}

TEST_F(Interrupted, BeforeTrainingNothingIsLeft) {
  // A pipe whose writer says nothing: once it can be opened for writing, the program is reading its data.
  ASSERT_EQ(mkfifo(path("pipe.csv").c_str(), 0600), 0);
  Child child(folder(), {"train", "pipe.csv", "--target", "label", "--out", "a/run"});
  int writer = -1;
  for (int k = 0; k < 50000 && writer < 0; ++k, usleep(10000))
    writer = open(path("pipe.csv").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(writer, 0);
  EXPECT_TRUE(exists("a/run"));
  child.signal(SIGINT);
  EXPECT_EQ(child.finish().code, 130);
  close(writer);
  EXPECT_FALSE(exists("a"));
}

}  // namespace
}  // namespace retrograd::cli_test
