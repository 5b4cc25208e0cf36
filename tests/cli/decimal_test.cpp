// --decimal ,: a table with decimal commas trains the model of the table with points, which reads later tables alike.
#include <algorithm>

#include <fmt/format.h>

#include "program.hpp"

namespace retrograd::cli_test {
namespace {

class Decimal : public Cli {
 protected:
  Decimal() {
    std::string points = "a;b;s;y\n";
    for (int i = 0; i < 120; ++i)
      points += fmt::format("{}.{:02};{};{};{}.5\n", i % 7, i % 93, (i * 37 % 100) / 8.0, i % 3 ? "low" : "high",
                            i * 7 % 120);
    write("points.csv", points);
    std::replace(points.begin(), points.end(), '.', ',');
    write("commas.csv", points);
  }
  static std::vector<std::string> training(const std::string& table, std::vector<std::string> more = {}) {
    std::vector<std::string> all = {table, "--target", "y", "--epochs", "2", "--no-report"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(Decimal, EveryVerbReadsTheTableAlike) {
  const std::string expected = fingerprint(training("points.csv"), "points");
  EXPECT_EQ(fingerprint(training("commas.csv", {"--decimal", ","}), "commas"), expected);
  EXPECT_EQ(fingerprint(training("commas.csv", {"--decimal", ",", "--cache", "c.cache"}), "cached"), expected);
  EXPECT_NE(read("commas/config.toml").find("decimal = \",\"\n"), std::string::npos);
  EXPECT_EQ(fingerprint({"--config", "commas", "--no-report"}, "again"), expected);
  for (const char* verb : {"predict", "evaluate"})
    EXPECT_EQ(must({verb, "commas", "commas.csv"}).out, must({verb, "points", "points.csv"}).out) << verb;
  const auto behind_name = [&](const std::string& name) {
    const std::string text = must({"explain", name, name + ".csv", "--row", "3"}).out;
    return text.substr(text.find("\n  One row"));
  };
  EXPECT_EQ(behind_name("commas"), behind_name("points"));
  must({"parity", "commas", "commas.csv"});
  refuses({"predict", "commas", "points.csv"},
          {"points.csv, line 2, column 'a': '0.00'", "write it with a decimal comma"});
}

TEST_F(Decimal, FineTuningAndGoingOnKeepTheMark) {
  fingerprint(training("commas.csv", {"--decimal", ","}), "run");
  must({"train", "--resume", "run", "--epochs", "3"});
  EXPECT_NE(read("run/config.toml").find("decimal = \",\"\n"), std::string::npos);
  must({"train", "commas.csv", "--from", "run", "--epochs", "1", "--no-report", "--out", "tuned"});
  must({"predict", "tuned", "commas.csv"});
  refuses({"train", "commas.csv", "--from", "run", "--decimal", ".", "--out", "other"}, {"--decimal and --from"});
}

TEST_F(Decimal, TheErrorNamesTheOption) {
  refuses({"train", "commas.csv", "--target", "y", "--out", "run"},
          {"the target 'y'", "read the table with --decimal ,"});
}

}  // namespace
}  // namespace retrograd::cli_test
