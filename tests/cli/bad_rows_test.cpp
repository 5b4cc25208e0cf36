// --on-bad-row as it is used: what is left out is told, and nothing else changes.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "inputs.hpp"
#include "program.hpp"

namespace retrograd::cli_test {
namespace {

class BadRowsCli : public Cli {
 protected:
  /// The table with bad lines put behind some of its lines (numbers of the clean file).
  static std::string dirty(const std::map<int, std::string>& bad) {
    std::string out;
    const std::string clean = table_csv();
    int line = 0;
    for (size_t at = 0; at < clean.size();) {
      const size_t end = clean.find('\n', at) + 1;
      out += clean.substr(at, end - at);
      at = end;
      if (const auto found = bad.find(++line); found != bad.end()) out += found->second + "\n";
    }
    return out;
  }
  static int lines(const std::string& text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')); }
};

TEST_F(BadRowsCli, TrainingLeavesThemOutAndSaysSo) {
  write("clean.csv", table_csv());
  write("dirty.csv", dirty({{3, "1,2,3"}, {40, "old,Rome,yes,1,2,p,0,1,1"}}));
  const std::vector<std::string> more = {"--target", "score", "--epochs", "2", "--hidden", "8"};
  const auto train = [&](const std::string& csv, const std::string& out, std::vector<std::string> flags) {
    std::vector<std::string> words = {"train", csv, "--out", out};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), flags.begin(), flags.end());
    return words;
  };
  refuses(train("dirty.csv", "run", {}), {"dirty.csv, line 4: 3 fields, expected 9"});
  const Finished quiet = must(train("dirty.csv", "quiet", {"--on-bad-row", "skip", "--quiet"}));
  EXPECT_NE(quiet.err.find("dirty.csv: 2 of 205 rows cannot be read and were left out"), std::string::npos)
      << quiet.err;
  const Finished loud = must(train("dirty.csv", "dirty", {"--on-bad-row", "skip", "--json"}));
  EXPECT_EQ(nlohmann::json::parse(loud.out).at("skipped_rows"), 2);
  EXPECT_NE(loud.err.find("dirty.csv, line 42, column 'age': 'old' is not a number"), std::string::npos) << loud.err;
  const std::string report = read("dirty/report.html");
  for (const char* part : {"dirty.csv: 2 of 205 rows cannot be read", "dirty.csv, line 4: 3 fields"})
    EXPECT_NE(report.find(part), std::string::npos) << part;
  const auto print = [](const Finished& f) {
    return nlohmann::json::parse(f.out).at("fingerprint").get<std::string>();
  };
  EXPECT_EQ(print(loud), print(must(train("clean.csv", "clean", {"--json"})))) << "the model of the clean file";
}

TEST_F(BadRowsCli, MostRowsBadFailsAllTheSame) {
  write("t.csv", "a,y\n1,p\n2\n3\n4,q\n5\n6\n");
  refuses({"train", "t.csv", "--target", "y", "--on-bad-row", "skip", "--out", "run"},
          {"t.csv: 4 of 6 rows cannot be read, more than half", "t.csv, line 3: 1 fields"});
}

TEST_F(BadRowsCli, PredictionsKeepTheirRows) {
  write("t.csv", table_csv());
  must({"train", "t.csv", "--target", "label", "--epochs", "1", "--hidden", "4", "--out", "run", "--quiet"});
  write("dirty.csv", dirty({{1, "1,2,3"}, {3, "old,Rome,yes,1,2,p,0,1,1"}, {204, "9,8"}}));
  refuses({"predict", "run", "dirty.csv"}, {"dirty.csv, line 2: 3 fields"});
  for (const bool proba : {false, true}) {
    std::vector<std::string> clean = {"predict", "run", "t.csv"};
    std::vector<std::string> bad = {"predict", "run", "dirty.csv", "--on-bad-row", "skip"};
    if (proba) {
      clean.push_back("--proba");
      bad.push_back("--proba");
    }
    const std::string expected = must(clean).out;
    const Finished found = must(bad);
    EXPECT_EQ(lines(found.out), lines(expected) + 3);
    std::string empty = "\"\"";
    for (auto comma = expected.find(','); comma < expected.find('\n'); comma = expected.find(',', comma + 1))
      empty += ",\"\"";
    std::vector<std::string> rows;
    for (size_t at = 0; at < found.out.size();) {
      const size_t end = found.out.find('\n', at);
      rows.push_back(found.out.substr(at, end - at));
      at = end + 1;
    }
    EXPECT_EQ(rows.at(1), empty);
    EXPECT_EQ(rows.at(4), empty);
    EXPECT_EQ(rows.back(), empty);
    std::string rest;
    for (const std::string& row : rows)
      if (row != empty) rest += row + "\n";
    EXPECT_EQ(rest, expected);
    EXPECT_NE(found.err.find("3 of 206 rows cannot be read"), std::string::npos) << found.err;
  }
}

TEST_F(BadRowsCli, EvaluationCountsThem) {
  write("t.csv", table_csv());
  must({"train", "t.csv", "--target", "label", "--epochs", "1", "--hidden", "4", "--out", "run", "--quiet"});
  write("dirty.csv", dirty({{7, "1,2,3"}}));
  refuses({"evaluate", "run", "dirty.csv"}, {"dirty.csv, line 8: 3 fields"});
  const Finished found = must({"evaluate", "run", "dirty.csv", "--json", "--on-bad-row", "skip"});
  auto json = nlohmann::json::parse(found.out);
  EXPECT_EQ(json.at("skipped_rows"), 1);
  const auto clean = nlohmann::json::parse(must({"evaluate", "run", "t.csv", "--json"}).out);
  EXPECT_EQ(json.at("accuracy"), clean.at("accuracy"));
  EXPECT_NE(found.err.find("warning: dirty.csv: 1 of 204 rows"), std::string::npos) << found.err;
}

/// Rows keep the numbers that they have in the file, so that reports, predictions and explanations agree.
TEST_F(BadRowsCli, AReportNamesRowsThatExplainFinds) {
  write("dirty.csv", dirty({{1, "1,2,3"}, {3, "\n\n\n9,8"}, {40, "old,Rome,yes,1,2,p,0,1,1"}}));
  const std::vector<std::string> lines = [&] {
    std::vector<std::string> all;
    std::istringstream in(read("dirty.csv"));
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }();
  must({"train", "dirty.csv", "--target", "label", "--epochs", "1", "--hidden", "4", "--out", "run", "--quiet",
        "--on-bad-row", "skip"});
  const auto close = nlohmann::json::parse(read("run/report.json")).at("close");
  EXPECT_EQ(close.at("skipped"), 3);
  ASSERT_FALSE(close.at("wrong").empty());
  for (const auto& w : close.at("wrong")) {
    const auto row = w.at("row").get<int64_t>();
    const std::string& line = lines.at(w.at("line").get<size_t>() - 1);
    for (const auto& cell : w.at("values"))
      if (cell[0] == "city" && cell[1] != "(missing)") {
        EXPECT_NE(line.find(cell[1].get<std::string>()), std::string::npos) << line << w;
      }
    EXPECT_NE(line.find("," + w.at("actual").get<std::string>() + ","), std::string::npos) << line << w;
    // The row of the file, bad ones counted, empty lines not.
    EXPECT_EQ(std::count_if(lines.begin(), lines.begin() + w.at("line").get<int>(),
                            [](const std::string& l) { return !l.empty(); }),
              row + 1);
  }
  EXPECT_NE(read("run/report.html").find("--on-bad-row skip"), std::string::npos);
  const std::string row = std::to_string(close.at("wrong")[0].at("row").get<int64_t>());
  const auto explained = nlohmann::json::parse(
      must({"explain", "run", "dirty.csv", "--on-bad-row", "skip", "--row", row, "--format", "json"}).out);
  EXPECT_EQ(explained.at("rows")[0].get<int64_t>() + 1, std::stoll(row));
  EXPECT_EQ(explained.at("source"), "dirty.csv");
  write("receipt.json", explained.dump());
  SCOPED_TRACE(run({"verify", "receipt.json", "--model", "run", "--data", "dirty.csv", "--on-bad-row", "skip"}).out);
  must({"verify", "receipt.json", "--model", "run", "--data", "dirty.csv", "--on-bad-row", "skip"});
  refuses({"explain", "run", "dirty.csv", "--row", row}, {"dirty.csv, line 2: 3 fields"});
  const Finished bad = run({"explain", "run", "dirty.csv", "--on-bad-row", "skip", "--row", "4"});
  EXPECT_EQ(bad.code, 1);
  EXPECT_NE(bad.err.find("row 4 cannot be read and was left out: dirty.csv, line 8: 2 fields"), std::string::npos)
      << bad.err;
}

TEST_F(BadRowsCli, ChecksOfAModelLeaveThemOut) {
  write("t.csv", table_csv());
  must({"train", "t.csv", "--target", "label", "--epochs", "1", "--hidden", "4", "--lr", "1e-7", "--out", "run",
        "--quiet"});
  write("dirty.csv", dirty({{1, "1,2,3\n1,2,3"}}));
  for (const char* verb : {"diagnose", "gradcheck", "parity"}) {
    refuses({verb, "run", "dirty.csv"}, {"dirty.csv, line 2: 3 fields"});
    const std::vector<std::string> clean = {verb, "run", "t.csv", "--json"},
                                   bad = {verb, "run", "dirty.csv", "--json", "--on-bad-row", "skip"};
    for (const std::vector<std::string>& more : {std::vector<std::string>(), {"--cache", std::string("c.") + verb}}) {
      std::vector<std::string> all = bad;
      all.insert(all.end(), more.begin(), more.end());
      const Finished found = run(all);
      EXPECT_NE(found.err.find("dirty.csv: 2 of 205 rows cannot be read"), std::string::npos) << found.err;
      auto json = nlohmann::json::parse(found.out), expected = nlohmann::json::parse(run(clean).out);
      if (std::string(verb) == "diagnose") {
        ASSERT_FALSE(json.at("findings").empty());
        const auto command = json.at("findings")[0].at("explain").get<std::string>();
        EXPECT_NE(command.find("dirty.csv --on-bad-row skip --row 3 "), std::string::npos) << command;
        EXPECT_EQ(json.at("loss"), expected.at("loss"));
      } else if (std::string(verb) == "gradcheck") {
        EXPECT_EQ(json.at("loss"), expected.at("loss"));
      } else {
        EXPECT_EQ(json.at("rows"), expected.at("rows"));
        EXPECT_EQ(json.at("skipped_rows"), 2);
        EXPECT_EQ(json.at("ok"), true);
        EXPECT_GE(json.at("readings")[0].at("outputs")[0].at("row"), 2);
      }
    }
  }
}

/// The good row of a file is explained as that of the file without the bad ones.
TEST_F(BadRowsCli, ExplainingAGoodRowLooksAtItsNumbers) {
  write("clean.csv", table_csv());
  write("dirty.csv", dirty({{3, "1,2,3"}}));
  must({"train", "clean.csv", "--target", "price", "--epochs", "1", "--hidden", "4", "--out", "run", "--quiet"});
  const auto numbers = [&](const std::string& csv, const std::string& row) {
    auto json = nlohmann::json::parse(
        must({"explain", "run", csv, "--on-bad-row", "skip", "--row", row, "--format", "json"}).out);
    return json.at("losses").dump();
  };
  EXPECT_EQ(numbers("dirty.csv", "2"), numbers("clean.csv", "2"));
  EXPECT_EQ(numbers("dirty.csv", "4"), numbers("clean.csv", "3"));
  EXPECT_EQ(numbers("dirty.csv", "204"), numbers("clean.csv", "203"));
}

}  // namespace
}  // namespace retrograd::cli_test
