// --time-budget: the best model so far is always there, every trial is told, and what it does not go with.
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "resumed_run.hpp"

namespace retrograd::cli_test {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

class SearchVerb : public ResumedRun {
 protected:
  /// How many trials its trials.csv has.
  int rows_of(const std::string& run) const {
    std::istringstream lines(read(run + "/trials.csv"));
    int rows = -1;
    for (std::string line; std::getline(lines, line);) ++rows;
    return rows;
  }
};

TEST_F(SearchVerb, LeavesTheBestTrialAndTellsOfAll) {
  must(start({"--target", "label", "--epochs", "1", "--checkpoint-every", "1epoch"}, "run"));
  const Finished f = must({"train", "t.csv", "--target", "label", "--preset", "plain", "--hidden", "8", "--epochs",
                           "15", "--time-budget", "2s", "--out", "run"});
  EXPECT_NE(f.out.find("trial 0: as given: loss "), std::string::npos) << f.out;
  EXPECT_NE(f.out.find("moved to run/checkpoint.before"), std::string::npos);  // --resume would go on with that run
  const Json trials = Json::parse(read("run/report.json"))["trials"];
  ASSERT_GE(trials.size(), 1u);
  EXPECT_EQ(rows_of("run"), static_cast<int>(trials.size()));
  EXPECT_EQ(trials[0]["changes"], Json::object());
  double least = 1e9;
  std::string best;
  for (const Json& t : trials) {
    EXPECT_FALSE(t["changes"].contains("hidden"));  // it was given
    if (t["value"].get<double>() < least) {
      least = t["value"];
      best = t["fingerprint"];
    }
  }
  EXPECT_LE(least, trials[0]["value"].get<double>());
  EXPECT_NE(f.out.find("fingerprint " + best), std::string::npos) << f.out;
  EXPECT_EQ(fingerprint({"--config", "run"}, "again"), best);
  must({"train", "--config", "run", "--folds", "2", "--epochs", "2", "--out", "folds"});
  refuses({"train", "--resume", "run"}, {"no checkpoints", "--config run"});
}

TEST_F(SearchVerb, OfSoManyTrialsRepeatsToTheBit) {
  const Words search = {"t.csv", "--target", "label", "--preset", "plain", "--hidden",
                        "8",     "--epochs", "4",     "--trials", "5"};
  const std::string found = fingerprint(search, "run");
  EXPECT_EQ(rows_of("run"), 5);
  EXPECT_EQ(fingerprint(search, "again"), found);
  EXPECT_EQ(fingerprint({"--config", "run"}, "alone"), found);
}

TEST_F(SearchVerb, TriesTheEnsemblesOfTheDefaultRecipeFirst) {
  const Finished f = must({"train", "t.csv", "--target", "label", "--epochs", "1", "--trials", "2", "--out", "run"});
  EXPECT_NE(f.out.find("trial 1: members=8 share_weights=true"), std::string::npos) << f.out;
  const Json trials = Json::parse(read("run/report.json"))["trials"];
  const Json& best = trials[trials[1]["improved"].get<bool>() ? 1 : 0];
  EXPECT_EQ(fingerprint({"--config", "run"}, "again"), best["fingerprint"]);
}

TEST_F(SearchVerb, InterruptedItHasTheModelOfTheFirstTrialSoFar) {
  Child child(folder(), {"train", "t.csv", "--target", "price", "--hidden", "8", "--epochs", "100000", "--time-budget",
                         "1h", "--out", "run"});
  ASSERT_TRUE(child.wait_for("trial 0  epoch"));
  child.signal(SIGINT);
  EXPECT_EQ(child.finish().code, 130);
  must({"evaluate", "run", "t.csv"});
  EXPECT_EQ(rows_of("run"), 1);
}

TEST_F(SearchVerb, KilledInTheFirstTrialItHasTheBestOfItSoFar) {
  must(start({"--target", "price", "--hidden", "4", "--epochs", "1"}, "run"));  // of another run, and replaced
  const std::string earlier = Json::parse(must({"show", "run", "--json"}).out)["fingerprint"];
  const auto now = [&] { return Json::parse(must({"show", "run", "--json"}).out)["fingerprint"]; };
  Child child(folder(), {"train", "t.csv", "--target", "price", "--hidden", "8", "--epochs", "1000000", "--time-budget",
                         "1h", "--out", "run"});
  ASSERT_TRUE(child.wait_for("trial 0  epoch"));
  for (int tries = 0; tries < 600 && now() == earlier; ++tries) std::this_thread::sleep_for(100ms);
  child.signal(SIGKILL);
  child.finish();
  EXPECT_NE(now(), earlier);
  EXPECT_FALSE(exists("run/trials.csv"));  // no trial has ended
  EXPECT_NE(read("run/config.toml").find("time_budget = \"none\""), std::string::npos);
  must({"evaluate", "run", "t.csv"});
}

TEST_F(SearchVerb, KilledItHasTheBestOfTheTrialsThatEnded) {
  Child child(folder(), {"train", "t.csv", "--target", "price", "--hidden", "8", "--epochs", "15", "--time-budget",
                         "1h", "--out", "run"});
  ASSERT_TRUE(child.wait_for("trial 1: "));
  child.signal(SIGKILL);
  child.finish();
  must({"evaluate", "run", "t.csv"});
  EXPECT_GE(rows_of("run"), 1);
  EXPECT_EQ(fingerprint({"--config", "run"}, "again"), Json::parse(must({"show", "run", "--json"}).out)["fingerprint"]);
}

TEST_F(SearchVerb, IsRefusedWhereItHasNoMeaning) {
  const auto refused = [&](const Words& more, const Words& parts) {
    refuses(joined({"train", "t.csv", "--target", "label", "--quiet", "--time-budget", "9s", "--out", "run"}, more),
            parts);
  };
  refused({"--folds", "3"}, {"--time-budget and --folds", "--config"});
  refused({"--from", "some"}, {"--time-budget and --from"});
  refused({"--time-limit", "5s"}, {"--time-budget and --time-limit"});
  refused({"--valid-fraction", "0"}, {"--time-budget", "validation"});
  refused({"--time-budget", "soon"}, {"'soon'", "90s"});
  refuses({"train", "--resume", "run", "--trials", "3"}, {"--trials and --resume"});
  refuses({"train", "t.csv", "--target", "label", "--trials", "3", "--folds", "3"}, {"--trials and --folds"});
  refuses({"train", "--resume", "run", "--time-budget", "9s"}, {"--time-budget and --resume"});
}

}  // namespace
}  // namespace retrograd::cli_test
