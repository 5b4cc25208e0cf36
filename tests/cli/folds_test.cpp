// --folds: the scores that are told and written, the model of all folds, and what it does not go with.
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "resumed_run.hpp"

namespace retrograd::cli_test {
namespace {

using Json = nlohmann::json;

class FoldsVerb : public ResumedRun {};

TEST_F(FoldsVerb, ScoresRowsThatANetworkDidNotSee) {
  for (const std::string target : {"label", "price"}) {
    SCOPED_TRACE(target);
    const Finished f = must({"train", "t.csv", "--target", target, "--folds", "4", "--epochs", "3", "--hidden", "16",
                             "--members", "3", "--out", target});
    EXPECT_NE(f.out.find("fold 4/4  epoch 3/3"), std::string::npos) << f.out;
    EXPECT_NE(f.out.find("mean ± sd of 4 folds"), std::string::npos) << f.out;
    const Json folds = Json::parse(read(target + "/folds.json")), report = Json::parse(read(target + "/report.json"));
    ASSERT_EQ(folds["folds"].size(), 4u);
    EXPECT_EQ(folds["folds"][3]["history"].size(), 3u);
    EXPECT_EQ(report["results"][1]["part"], "out-of-fold");
    EXPECT_EQ(report["folds"]["metrics"], folds["metrics"]);
    const std::string metric = target == "price" ? "rmse" : "accuracy";
    EXPECT_EQ(folds["metrics"][0]["metric"], metric);
    EXPECT_EQ(folds["metrics"][0]["together"], report["results"][1]["report"][metric]);
    double mean = 0;
    for (const Json& fold : folds["folds"]) mean += fold["metrics"][metric].get<double>() / 4;
    EXPECT_NEAR(folds["metrics"][0]["mean"], mean, 1e-12);
    // Every row once, in order, with the fold that held it out.
    std::istringstream lines(read(target + "/out_of_fold.csv"));
    std::string line;
    std::getline(lines, line);
    EXPECT_TRUE(line.starts_with("row,fold,"));
    int rows = 0;
    while (std::getline(lines, line)) EXPECT_TRUE(line.starts_with(std::to_string(++rows) + ","));
    EXPECT_EQ(rows, 203);
    must({"parity", target, "t.csv"});
    must({"gradcheck", target, "t.csv", "--rows", "8", "--per-tensor", "2"});
    // What is written repeats the run.
    must({"train", "--config", target, "--out", "again", "--quiet", "--no-report"});
    EXPECT_TRUE(read("again/model.onnx") == read(target + "/model.onnx"));
  }
}

TEST_F(FoldsVerb, AnInterruptedRunLeavesAModelAndGoesOn) {
  const Words words = {"--target", "label", "--folds", "3", "--epochs", "60", "--hidden", "16", "--patience", "0"};
  must(start(words, "whole"));
  Child child(folder(), {"train", "t.csv", "--out", "run", "--target", "label", "--folds", "3", "--epochs", "60",
                         "--hidden", "16", "--patience", "0"});
  ASSERT_TRUE(child.wait_for("fold 2/3"));
  child.signal(SIGINT);
  const Finished stopped = child.finish();
  if (stopped.code == 130) {
    must({"evaluate", "run", "t.csv"});
    EXPECT_LE(Json::parse(read("run/folds.json"))["count"], 3);
  } else {
    EXPECT_EQ(stopped.code, 0);  // the signal came when all was done
  }
  const Words go_on = {"train", "--resume", "run", "--quiet"};
  must(go_on);
  EXPECT_TRUE(read("run/model.onnx") == read("whole/model.onnx"));
  EXPECT_NE(must({"train", "--resume", "run"}).out.find("all 3 folds are done"), std::string::npos);
  // A run without folds there leaves nothing that tells of them.
  must(start({"--target", "label", "--epochs", "1"}, "run"));
  EXPECT_FALSE(exists("run/folds.json"));
}

TEST_F(FoldsVerb, IsRefusedWhereItHasNoMeaning) {
  const auto refused = [&](const Words& more, const Words& parts) {
    refuses(joined({"train", "t.csv", "--target", "label", "--folds", "3", "--out", "run"}, more), parts);
  };
  refused({"--valid", "t.csv"}, {"--folds and --valid", "leave out"});
  refused({"--valid-fraction", "0.5"}, {"--folds and --valid-fraction"});
  refused({"--from", "some"}, {"--folds and --from"});
  refused({"--folds", "1"}, {"--folds", "no rows to train on"});
  refused({"--folds", "65"}, {"'65'", "0 to 64"});
  refuses({"train", "t.csv", "--target", "label", "--folds", "60", "--members", "2", "--epochs", "1", "--hidden", "2",
           "--quiet", "--out", "run"},
          {"60 folds of 2 networks are 120", "at most 64"});
}

TEST_F(FoldsVerb, GoingOnWithoutThemIsRefusedInALine) {
  must({"train", "t.csv", "--target", "label", "--folds", "2", "--epochs", "1", "--hidden", "4", "--out", "run"});
  refuses({"train", "--resume", "run", "--folds", "0"},
          {"the run was begun with --folds 2, and is to go on with --folds 0", "leave out --folds"});
  must({"train", "--resume", "run", "--epochs", "2"});
}

}  // namespace
}  // namespace retrograd::cli_test
