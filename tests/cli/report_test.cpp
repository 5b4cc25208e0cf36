// The report of a run, its event files, and runs side by side, as the command line gives them.
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "inputs.hpp"
#include "program.hpp"

namespace retrograd::cli_test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

class Reports : public Cli {
 protected:
  Reports() { write("t.csv", table_csv()); }
  Finished train(const std::string& out, const Words& more = {}) const {
    Words words = {"train", "t.csv", "--target", "label", "--out", out, "--epochs", "3"};
    words.insert(words.end(), more.begin(), more.end());
    return must(words);
  }
  Json report(const std::string& run) const { return Json::parse(read(run + "/report.json")); }
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(Reports, SaysWhatWasAskedAndDecided) {
  write("my test.csv", table_csv(60));
  const Finished f = train("run", {"--test", "my test.csv", "--hidden", "8,4", "--balanced"});
  EXPECT_TRUE(contains(f.out, "report run/report.html")) << f.out;
  const Json json = report("run");
  EXPECT_EQ(json["run"]["command"],
            "retrograd train t.csv --target label --test 'my test.csv' --hidden 8,4 --epochs 3 --balanced --out run");
  int given = 0;
  for (const Json& s : json["settings"]) {
    given += s["given"].get<bool>();
    if (s["name"] == "hidden") {
      EXPECT_EQ(s["value"], "8, 4");
    }
    if (s["name"] == "lr") {
      EXPECT_NE(s["value"], "auto");
      EXPECT_FALSE(s["given"].get<bool>());
    }
  }
  EXPECT_EQ(given, 6);
  EXPECT_TRUE(contains(json["decisions"].dump(), "held out for validation"));
  EXPECT_EQ(json["close"]["source"], "my test.csv");
  EXPECT_EQ(json["run"]["fingerprint"], Json::parse(must({"evaluate", "run", "t.csv", "--json"}).out)["fingerprint"]);
}

TEST_F(Reports, WrongRowsOfAHeldOutPartAreRowsOfTheFile) {
  train("run");
  const Json json = report("run");
  ASSERT_EQ(json["close"]["part"], "validation");
  ASSERT_FALSE(json["close"]["wrong"].empty());
  Words lines;
  std::stringstream in(read("t.csv"));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  for (const Json& w : json["close"]["wrong"]) {
    const std::string& line = lines.at(w["row"].get<size_t>());  // line 0 is the header
    EXPECT_TRUE(contains(line, w["actual"].get<std::string>())) << line << w;
    for (const Json& cell : w["values"]) {
      if (cell[0] == "city" && cell[1] != "(missing)" && cell[1] != "(unseen)") {
        EXPECT_TRUE(contains(line, cell[1].get<std::string>())) << line << w;
      }
    }
  }
}

TEST_F(Reports, CanBeLeftOut) {
  train("run", {"--no-report"});
  EXPECT_FALSE(exists("run/report.html"));
  EXPECT_FALSE(exists("run/report.json"));
  EXPECT_TRUE(exists("run/history.jsonl"));
}

TEST_F(Reports, ThatCannotBeWrittenDoesNotCostTheRun) {
  train("run");
  std::filesystem::remove(path("run/report.html"));
  std::filesystem::create_directories(path("run/report.html"));
  const Finished f = train("run", {"--seed", "2"});
  EXPECT_TRUE(contains(f.out, "warning: there is no report")) << f.out;
  EXPECT_FALSE(exists("run/report.json")) << "it would tell of the earlier model";
  must({"evaluate", "run", "t.csv"});
}

TEST_F(Reports, AnInterruptedRunHasOne) {
  Child child(folder(), {"train", "t.csv", "--target", "label", "--out", "run", "--epochs", "100000000", "--patience",
                         "0", "--batch", "8"});
  ASSERT_TRUE(child.wait_for("epoch         1/100000000")) << child.finish().out;
  child.signal(SIGINT);
  EXPECT_EQ(child.finish().code, 130);
  EXPECT_EQ(report("run")["run"]["stopped"], "interrupted");
  EXPECT_TRUE(exists("run/report.html"));
}

TEST_F(Reports, EventFilesAreForTheAsking) {
  train("run");
  EXPECT_FALSE(exists("run/tensorboard"));
  train("run", {"--tensorboard"});
  EXPECT_EQ(list("run/tensorboard").size(), 1u);
  write("taken/tensorboard", "a file");
  refuses({"train", "t.csv", "--target", "label", "--out", "taken", "--tensorboard"}, {"taken/tensorboard"});
}

TEST_F(Reports, ComparedSideBySide) {
  train("a", {"--preset", "plain"});
  train("b", {"--preset", "plain", "--lr", "0.5"});
  const std::string text = must({"compare", "a", "b"}).out;
  EXPECT_TRUE(contains(text, "lr "));
  EXPECT_TRUE(contains(text, "validation accuracy"));
  EXPECT_FALSE(contains(text, "patience"));
  const Json json = Json::parse(must({"compare", "a", "b", "--json"}).out);
  EXPECT_EQ(json["runs"].size(), 2u);
  must({"compare", "a", "b", "--out", "ab.html"});
  EXPECT_TRUE(contains(read("ab.html"), "retrograd comparison"));
  must({"compare", "a", "b/report.json"});
}

TEST_F(Reports, WhatCannotBeComparedIsRefused) {
  refuses({"compare", "nowhere"}, {"nowhere", "no such folder"});
  train("run", {"--no-report"});
  refuses({"compare", "run"}, {"run has no report.json", "--no-report"});
  for (const char* text : {"", "{", "[]", "{\"format\": 3}", "{\"format\": \"retrograd report\"}",
                           "{\"format\": \"retrograd report\", \"format_version\": 1}",
                           "{\"format\": \"retrograd report\", \"format_version\": 1, \"run\": [], \"results\": 3}"}) {
    write("run/report.json", text);
    refuses({"compare", "run"}, {"report"});
  }
  refuses({"compare"}, {"RUN"});
}

}  // namespace
}  // namespace retrograd::cli_test
