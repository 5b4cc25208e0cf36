// --cache as it is used: the results of a run in memory, and when the file is built, used, built again and refused.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "resumed_run.hpp"

namespace retrograd::cli_test {
namespace {

class CacheCli : public ResumedRun {
 protected:
  /// Trains, or goes on, and returns the model's fingerprint.
  std::string print_of(const Words& words) const {
    const Finished f = must(joined(words, {"--quiet", "--json"}));
    return f.code == 0 ? nlohmann::json::parse(f.out).at("fingerprint").get<std::string>() : "failed";
  }
  static Words train(const std::string& csv, const std::string& out, const Words& more = {}) {
    return joined({"train", csv, "--target", "label", "--epochs", "2", "--hidden", "8", "--batch", "16", "--out", out},
                  more);
  }
  std::string log_of(const Words& words) const { return must(words).out; }
  static bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(CacheCli, TrainingGivesTheModelOfARunInMemory) {
  write("packed.csv.gz", gzip(table_csv()));
  write("v.csv", table_csv(50));
  for (const Words& how : {Words{}, Words{"--valid", "v.csv", "--test", "t.csv"}, Words{"--weight", "weight"}})
    for (const char* source : {"t.csv", "packed.csv.gz"}) {
      const std::string expected = print_of(train(source, "memory", how));
      std::filesystem::remove(path("c"));
      for (const char* threads : {"1", "2", "3"})
        EXPECT_EQ(print_of(train(source, "cached", joined(how, {"--cache", "c", "--threads", threads}))), expected)
            << source << ", " << threads << " threads";
    }
  EXPECT_TRUE(exists("c.valid"));
  EXPECT_TRUE(exists("c.test"));
}

TEST_F(CacheCli, LogAndReportTellOfIt) {
  const std::string built = log_of(train("t.csv", "run", {"--cache", "c"}));
  EXPECT_TRUE(contains(built, "c: 203 rows of t.csv, built\n")) << built;
  EXPECT_TRUE(contains(read("run/report.html"), "c: 203 rows of t.csv, built"));
  EXPECT_TRUE(contains(log_of(train("t.csv", "run", {"--cache", "c"})), "c: 203 rows of t.csv, as read before"));
  write("t.csv", table_csv(204));
  EXPECT_TRUE(contains(log_of(train("t.csv", "run", {"--cache", "c"})), "built again: t.csv has changed"));
  EXPECT_TRUE(contains(log_of(train("t.csv", "run", {"--cache", "c", "--ignore", "city"})),
                       "built again: columns, types or missing values are to be read otherwise"));
  write("c", read("c").substr(0, 5000));
  EXPECT_TRUE(contains(log_of(train("t.csv", "run", {"--cache", "c"})), "built again: it is damaged"));
  write("c", "a letter");
  refuses(train("t.csv", "new", {"--cache", "c"}), {"c is not a cache", "name another file with --cache"});
  EXPECT_EQ(read("c"), "a letter");
  refuses(train("t.csv", "new", {"--cache", "missing/c"}), {"cannot write in missing"});
}

TEST_F(CacheCli, RowsLeftOutAreThoseOfARunInMemory) {
  write("dirty.csv", table_csv() + "1,2,3\nold,Rome,yes,1,2,p,0,1,1\n");
  const Words skip = {"--on-bad-row", "skip"};
  const std::string expected = print_of(train("dirty.csv", "memory", skip));
  for (const char* how : {"built", "as read before"}) {
    const Finished found = must(train("dirty.csv", "run", joined(skip, {"--cache", "c", "--json"})));
    const auto json = nlohmann::json::parse(found.out);
    EXPECT_EQ(json.at("fingerprint"), expected);
    EXPECT_EQ(json.at("skipped_rows"), 2);
    EXPECT_TRUE(contains(found.err, std::string("c: 203 rows of dirty.csv, ") + how)) << found.err;
    EXPECT_TRUE(contains(found.err, "dirty.csv, line 205: 3 fields")) << found.err;
  }
  const Words predict = {"predict", "run", "dirty.csv", "--on-bad-row", "skip"};
  EXPECT_EQ(must(joined(predict, {"--cache", "c"})).out, must(predict).out);
  refuses(train("dirty.csv", "new", {"--cache", "c"}), {"dirty.csv, line 205: 3 fields"});
}

TEST_F(CacheCli, AModelIsUsedOnTheDataItWasTrainedOn) {
  must(train("t.csv", "run", {"--cache", "c", "--quiet"}));
  for (const Words& verb : {Words{"evaluate", "run", "t.csv", "--json"}, Words{"predict", "run", "t.csv", "--proba"},
                            Words{"explain", "run", "t.csv", "--row", "7", "--format", "json"}}) {
    const Finished cached = must(joined(verb, {"--cache", "c"}));
    EXPECT_EQ(cached.out, must(verb).out);
    EXPECT_TRUE(contains(cached.err, "c: 203 rows of t.csv, as read before")) << cached.err;
  }
  write("receipt.json", must({"explain", "run", "t.csv", "--row", "7", "--format", "json"}).out);
  must({"verify", "receipt.json", "--model", "run", "--data", "t.csv", "--cache", "c"});
}

TEST_F(CacheCli, AStoppedRunGoesOnWithAnotherCache) {
  const Words constant = {"--schedule", "constant", "--preset",
                          "plain"};  // the others know how many epochs there will be
  const std::string expected = print_of(train("t.csv", "memory", joined(constant, {"--epochs", "6"})));
  for (const Words& first : {Words{}, Words{"--cache", "c"}}) {
    std::filesystem::remove_all(path("run"));
    must(train("t.csv", "run", joined(joined(constant, {"--epochs", "3", "--quiet"}), first)));
    EXPECT_EQ(print_of({"train", "--resume", "run", "--epochs", "6", "--cache", "d"}), expected);
  }
}

}  // namespace
}  // namespace retrograd::cli_test
