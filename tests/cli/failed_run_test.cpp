// A run that ends in an error leaves what it knows; a finished run whose files were lost writes them again.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "resumed_run.hpp"

namespace retrograd::cli_test {
namespace {

using Json = nlohmann::json;

class FailedRun : public ResumedRun {
 protected:
  /// A rate at which the numbers soon leave the finite ones, if that is not at once.
  static Words diverging(const std::string& out, const Words& more = {}) {
    return joined(
        {"train",      "t.csv",    "--target", "price", "--out",   out,  "--optimizer",  "sgd",  "--lr",       "3",
         "--schedule", "constant", "--epochs", "50",    "--batch", "64", "--activation", "relu", "--patience", "0"},
        more);
  }
};

TEST_F(FailedRun, LeavesItsHistoryAndAReportWithTheReason) {
  const Finished f = run(diverging("run"));
  EXPECT_EQ(f.code, 1);
  EXPECT_NE(f.err.find("error: training diverged"), std::string::npos) << f.err;
  EXPECT_FALSE(exists("run/model.onnx"));
  for (const char* name : {"run/report.html", "run/history.csv", "run/history.jsonl"})
    EXPECT_TRUE(exists(name)) << name;
  const Json json = Json::parse(read("run/report.json"));
  EXPECT_NE(f.err.find(json["run"]["error"].get<std::string>()), std::string::npos) << f.err << json["run"]["error"];
  EXPECT_EQ(json["run"]["stopped"], "an error");
  EXPECT_EQ(json["data"]["parts"].size(), 2u);
  EXPECT_FALSE(json["settings"].empty());
  EXPECT_TRUE(json["results"].empty());
  EXPECT_NE(read("run/report.html").find("training diverged"), std::string::npos);
  // Runs that failed are compared with those that did not.
  must(joined(diverging("good"), {"--lr", "0.01"}));
  const Finished compared = must({"compare", "run", "good"});
  EXPECT_NE(compared.out.find("lr "), std::string::npos) << compared.out;
}

/// What is refused is no end of a run: nothing of the one that is there is touched.
TEST_F(FailedRun, IsNotOneThatWasRefused) {
  must(joined(diverging("good"), {"--lr", "0.01", "--epochs", "3", "--no-report"}));
  const std::string history = read("good/history.csv");
  EXPECT_EQ(run({"train", "--resume", "good", "--lr", "0.02", "--epochs", "9"}).code, 1);
  EXPECT_FALSE(exists("good/report.html"));
  EXPECT_EQ(read("good/history.csv"), history);
}

TEST_F(FailedRun, WithoutAReportLeavesTheHistory) {
  EXPECT_EQ(run(diverging("run", {"--no-report", "--checkpoint-every", "none"})).code, 1);
  EXPECT_FALSE(exists("run/report.html"));
  EXPECT_TRUE(exists("run/history.csv"));
}

TEST_F(FailedRun, LeavesAnEarlierRunAsItWas) {
  must(joined(diverging("run"), {"--lr", "0.01"}));
  std::vector<std::string> before;
  const Words files = {"run/model.onnx", "run/config.toml", "run/history.csv", "run/history.jsonl", "run/report.json"};
  for (const std::string& file : files) before.push_back(read(file));
  const Finished f = run(diverging("run"));
  EXPECT_EQ(f.code, 1);
  EXPECT_NE((f.out + f.err).find("what this run left is in run/failed"), std::string::npos) << f.out << f.err;
  for (size_t k = 0; k < files.size(); ++k) EXPECT_TRUE(read(files[k]) == before[k]) << files[k];
  const Json json = Json::parse(read("run/failed/report.json"));
  EXPECT_NE(f.err.find(json["run"]["error"].get<std::string>()), std::string::npos) << f.err;
  EXPECT_TRUE(exists("run/failed/history.csv"));
}

TEST_F(FailedRun, FailsBeforeTrainingWithoutATrace) {
  refuses(joined(diverging("run"), {"--optimizer", "none such"}), {"none such"});
  refuses(joined(diverging("run"), {"--class-weight", "nobody=2"}), {"class"});
}

TEST_F(FailedRun, LostFilesOfAFinishedRunAreWrittenAgain) {
  const Words words = {"train", "t.csv", "--target", "label", "--out", "run", "--epochs", "3"};
  must(words);
  const std::string model = read("run/model.onnx"), history = read("run/history.csv");
  for (const char* lost : {"report.html", "report.json", "history.csv", "config.toml"}) {
    SCOPED_TRACE(lost);
    std::filesystem::remove(path(std::string("run/") + lost));
    const Finished f = must({"train", "--resume", "run"});
    EXPECT_NE(f.out.find(std::string("run is finished, but ") + lost + " is not there"), std::string::npos) << f.out;
    EXPECT_TRUE(exists(std::string("run/") + lost));
    EXPECT_TRUE(read("run/model.onnx") == model);
    EXPECT_EQ(read("run/history.csv"), history);
  }
  const Finished f = must({"train", "--resume", "run"});
  EXPECT_NE(f.out.find("run is finished (all 3 epochs are done)"), std::string::npos) << f.out;
}

}  // namespace
}  // namespace retrograd::cli_test
