// retrograd diagnose as it is used: exit codes, text, JSON, history with the layers' columns, warnings of train.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/inputs.hpp"
#include "cli/program.hpp"

namespace retrograd::cli_test {
namespace {

class DiagnoseVerb : public Cli {
 protected:
  void SetUp() override { write("table.csv", table_csv(400)); }

  Finished trained(const std::string& out, std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"train",    "table.csv", "--target", "label",
                                          "--ignore", "tall",      "--ignore", "rich",
                                          "--ignore", "weight",    "--hidden", "16,16,16,16,16,16,16,16",
                                          "--epochs", "8",         "--out",    out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
};

TEST_F(DiagnoseVerb, ABrokenRunHasFindingsAndExitsWith2) {
  const Finished t = trained("broken", {"--activation", "sigmoid", "--optimizer", "sgd"});
  ASSERT_EQ(t.code, 0) << t.err;
  const Finished text = run({"diagnose", "broken", "table.csv"});
  EXPECT_EQ(text.code, 2) << text.err;
  EXPECT_NE(text.out.find("[vanishing_gradients]"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("retrograd explain broken table.csv --row"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("retrograd train --config broken --activation relu"), std::string::npos) << text.out;

  const Finished json = run({"diagnose", "broken", "table.csv", "--format", "json", "--out", "d.json"});
  EXPECT_EQ(json.code, 2);
  EXPECT_TRUE(json.out.empty());
  const auto parsed = nlohmann::json::parse(read("d.json"));
  EXPECT_FALSE(parsed["healthy"].get<bool>());
  EXPECT_EQ(parsed["layers"].size(), 9u);
  bool found = false;
  for (const auto& f : parsed["findings"]) {
    EXPECT_FALSE(f["what"].get<std::string>().empty());
    if (f["id"] != "vanishing_gradients") continue;
    found = true;
    EXPECT_GT(f["measured"][0]["changed"].get<double>(), 10 * f["measured"][0]["as_is"].get<double>());
  }
  EXPECT_TRUE(found);
}

TEST_F(DiagnoseVerb, ItsTextFits80ColumnsBesideCommands) {
  ASSERT_EQ(trained("broken", {"--activation", "sigmoid", "--optimizer", "sgd"}).code, 0);
  std::istringstream lines(run({"diagnose", "broken", "table.csv"}).out);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  try ") || line.starts_with("  see ")) continue;
    const auto wide = std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
    EXPECT_LE(wide, 80) << line;
  }
}

TEST_F(DiagnoseVerb, WhatItDoesNotKnowIsRefused) {
  ASSERT_EQ(trained("run", {"--epochs", "1"}).code, 0);
  const Finished f = run({"diagnose", "run", "table.csv", "--format", "yaml"});
  EXPECT_EQ(f.code, 1);
  EXPECT_NE(f.err.find("expected text or json"), std::string::npos) << f.err;
  EXPECT_EQ(run({"diagnose", "nowhere", "table.csv"}).code, 1);
}

TEST_F(DiagnoseVerb, HistoryHasTheLayers) {
  ASSERT_EQ(trained("run", {"--epochs", "4"}).code, 0);
  std::istringstream lines(read("run/history.csv"));
  std::string head, first, epoch;
  std::getline(lines, head);
  std::getline(lines, first);
  EXPECT_NE(head.find("z1.delta,z1.dW,z1.update_ratio"), std::string::npos) << head;
  EXPECT_NE(head.find("z9.share_saturated"), std::string::npos) << head;
  EXPECT_EQ(std::count(head.begin(), head.end(), ','), std::count(first.begin(), first.end(), ','));
  EXPECT_EQ(first.find(",,"), std::string::npos) << "the first epoch is observed: " << first;
  for (const bool observed : {true, false, true}) {  // epochs 2, 3 and 4, all within 2,048 steps
    std::getline(lines, epoch);
    EXPECT_EQ(epoch.find(",,") == std::string::npos, observed) << epoch;
  }
}

TEST_F(DiagnoseVerb, TrainWarnsOfAStartFarOff) {
  const Finished t = trained("run", {"--epochs", "1", "--initializer", "ones"});
  const Finished u = trained("run2", {"--epochs", "1"});
  EXPECT_EQ(u.out.find("warning: the initial loss"), std::string::npos) << u.out;
  EXPECT_NE(t.out.find("warning: the initial loss"), std::string::npos) << t.out << t.err;
}

}  // namespace
}  // namespace retrograd::cli_test
