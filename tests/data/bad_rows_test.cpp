// Rows that cannot be read: refused with file, line and column, or left out, counted and listed.
#include <algorithm>
#include <cmath>

#include "data/table/csv.hpp"
#include "retrograd/data.hpp"
#include "scratch.hpp"

namespace retrograd {
namespace {

class BadRowsTest : public Scratch {
 protected:
  static DataOptions options(OnBadRow on_bad_row, std::vector<std::string> targets = {"y"}) {
    DataOptions o;
    o.targets = std::move(targets);
    o.on_bad_row = on_bad_row;
    return o;
  }
  /// Rows "i, a or b, 2i" with bad lines put in at some places (line numbers of the file, from 2).
  std::string table(int rows, const std::map<int, std::string>& bad) const {
    std::string text = "x,s,y\n";
    for (int line = 2, i = 0; i < rows; ++line) {
      if (const auto found = bad.find(line); found != bad.end()) {
        text += found->second + "\n";
      } else {
        text += std::to_string(i) + (i % 2 ? ".5,a," : ".25,b,") + std::to_string(2LL * i * i) + "\n";
        ++i;
      }
    }
    return text;
  }
  std::vector<std::string> lines(const BadRows& bad) const {
    std::vector<std::string> out;
    for (std::string line : bad.lines()) {
      for (size_t at; (at = line.find(folder_ + "/")) != std::string::npos;) line.erase(at, folder_.size() + 1);
      out.push_back(line);
    }
    return out;
  }
};

const std::vector<float>& floats(const Block& block) { return std::get<std::vector<float>>(block.values); }

TEST_F(BadRowsTest, NumbersOfRowsGoBothWays) {
  BadRows bad;
  EXPECT_EQ(bad.in_source(5), 5);
  EXPECT_EQ(bad.among_good(5), 5);
  bad.path = "t.csv";
  bad.rows = {0, 1, 5, 6, 20};
  bad.first = {{0, 2, "x", "'a' is not a number"}};
  std::vector<int64_t> good;
  for (int64_t row = 0; row < 30; ++row)
    if (std::find(bad.rows.begin(), bad.rows.end(), row) == bad.rows.end()) good.push_back(row);
  for (size_t g = 0; g < good.size(); ++g) {
    EXPECT_EQ(bad.in_source(static_cast<int64_t>(g)), good[g]);
    EXPECT_EQ(bad.among_good(good[g]), static_cast<int64_t>(g));
  }
  EXPECT_EQ(message([&] { bad.among_good(0); }),
            "t.csv: row 1 cannot be read and was left out: t.csv, line 2, column 'x': 'a' is not a number");
  EXPECT_EQ(message([&] { bad.among_good(20); }), "t.csv: row 21 cannot be read and was left out");
}

TEST_F(BadRowsTest, TheOthersKeepTheirLines) {
  write("t.csv", table(60, {{5, "1,a"}, {6, "x,y,z"}, {40, "\"1,a,2"}}));
  const RowLines lines = load_training(path("t.csv"), options(OnBadRow::skip)).data.lines;
  EXPECT_EQ(lines.of(0), 2);
  EXPECT_EQ(lines.of(2), 4);
  EXPECT_EQ(lines.of(3), 7);
  EXPECT_EQ(lines.of(35), 39);
  EXPECT_EQ(lines.of(36), 41);
  EXPECT_EQ(lines.of(59), 64);
}

TEST_F(BadRowsTest, AreRefusedWithTheirPlaceUnlessToldOtherwise) {
  const std::pair<std::string, std::string> cases[] = {
      {"1,a", "t.csv, line 5: 2 fields, expected 3 as in the header (separator ',')"},
      {"1,a,2,3", "t.csv, line 5: 4 fields, expected 3 as in the header (separator ',')"},
      {"1,\"a\"b,2", "t.csv, line 5: text follows a closing quote: '\"a\"b'; write a quote inside a field as \"\""},
      {"\"1,a,2", "t.csv, line 5: a quoted field is not closed"},
      {"one,a,2",
       "t.csv, line 5, column 'x': 'one' is not a number, but 60 of its 61 values are numbers; correct it, list it as "
       "a "
       "missing value, or declare x=categorical"},
      {"1e39,a,2",
       "t.csv, line 5, column 'x': '1e39' is infinite (or beyond the 32-bit float range); correct it or list it as a "
       "missing value"},
      {"1,a,",
       "t.csv, line 5: the target 'y' is missing (1 of 61 rows); fill it in or remove this row (--on-bad-row skip "
       "leaves such rows out)"},
  };
  for (const auto& [row, expected] : cases) {
    write("t.csv", table(60, {{5, row}}));
    EXPECT_EQ(message([&] { load_training(path("t.csv"), options(OnBadRow::fail)); }), expected);
  }
}

TEST_F(BadRowsTest, WithoutThemTheDataAreThoseOfACleanFile) {
  const std::map<int, std::string> bad = {{2, "1,a"},         {5, "1,\"a\"b,2"},    {6, "one,a,2"},
                                          {7, "1,zebra,1,1"}, {9, "7,a,"},          {20, "1e39,a,2"},
                                          {21, "3,a,inf"},    {22, "4,\"\xFF\",2"}, {50, "\"1,a,2"}};
  write("dirty.csv", table(60, bad));
  write("clean.csv", table(60, {}));
  const Loaded clean = load_training(path("clean.csv"), options(OnBadRow::fail));
  for (const int threads : {1, 3}) {
    DataOptions o = options(OnBadRow::skip);
    o.threads = threads;
    const Loaded dirty = load_training(path("dirty.csv"), o);
    EXPECT_EQ(to_json(dirty.spec), to_json(clean.spec)) << "no zebra among the categories, x numeric";
    ASSERT_EQ(dirty.data.rows, 60);
    for (size_t b = 0; b < clean.data.inputs.size(); ++b)
      EXPECT_EQ(floats(dirty.data.inputs[b]), floats(clean.data.inputs[b]));
    EXPECT_EQ(floats(dirty.data.target), floats(clean.data.target));
    EXPECT_EQ(dirty.data.skipped.rows, (std::vector<int64_t>{0, 3, 4, 5, 7, 18, 19, 20, 48}));
    EXPECT_EQ(lines(dirty.data.skipped),
              (std::vector<std::string>{
                  "dirty.csv: 9 of 69 rows cannot be read and were left out:",
                  "dirty.csv, line 2: 2 fields, expected 3 as in the header (separator ',')",
                  "dirty.csv, line 5: text follows a closing quote: '\"a\"b'; write a quote inside a field as \"\"",
                  "dirty.csv, line 6, column 'x': 'one' is not a number",
                  "dirty.csv, line 7: 4 fields, expected 3 as in the header (separator ',')",
                  "dirty.csv, line 9, column 'y': the target is missing",
                  "dirty.csv, line 20, column 'x': '1e39' is infinite (or beyond the 32-bit float range)",
                  "dirty.csv, line 21, column 'y': 'inf' is infinite (or beyond the 32-bit float range)",
                  "dirty.csv, line 22, column 's': '\\xff' is not UTF-8",
                  "dirty.csv, line 50: a quoted field is not closed"}));
  }
}

TEST_F(BadRowsTest, ManyRowsOnSeveralThreadsWithBadOnesAnywhere) {
  std::map<int, std::string> bad;
  for (int line = 3; line < 60000; line += 997) bad[line] = line % 2 ? "x,y" : "text,a,1";
  write("dirty.csv", table(60000, bad));
  write("clean.csv", table(60000, {}));
  DataOptions o = options(OnBadRow::skip);
  o.threads = 4;
  const Loaded dirty = load_training(path("dirty.csv"), o);
  const Loaded clean = load_training(path("clean.csv"), options(OnBadRow::fail));
  EXPECT_EQ(to_json(dirty.spec), to_json(clean.spec));
  EXPECT_EQ(floats(dirty.data.inputs[0]), floats(clean.data.inputs[0]));
  EXPECT_EQ(std::ssize(dirty.data.skipped.rows), std::ssize(bad));
  EXPECT_EQ(dirty.data.skipped.first.size(), BadRows::kShown);
  EXPECT_EQ(dirty.data.skipped.first[1].line, 1000);
  EXPECT_NE(lines(dirty.data.skipped)[0].find("; the first 10:"), std::string::npos);
}

TEST_F(BadRowsTest, MoreThanHalfOfThemIsAnError) {
  std::map<int, std::string> bad;
  for (int i = 0; i < 40; ++i) bad[2 + 2 * i] = "1,a";
  write("half.csv", table(40, bad));
  EXPECT_EQ(load_training(path("half.csv"), options(OnBadRow::skip)).data.rows, 40) << "just half";
  bad[83] = "1,a";
  write("most.csv", table(41, bad).substr(0, table(40, bad).rfind("39.5")) + "1,a\n1,a\n");
  EXPECT_EQ(message([&] { load_training(path("most.csv"), options(OnBadRow::skip)); }),
            "most.csv: 42 of 81 rows cannot be read, more than half: this is not the table that it is taken for; the "
            "first: most.csv, line 2: 2 fields, expected 3 as in the header (separator ',')");
  write("no_target.csv", "x,y\n1,\n2,\n3,\n4,1\n5,2\n");
  EXPECT_NE(message([&] { load_training(path("no_target.csv"), options(OnBadRow::skip)); }).find("3 of 5 rows"),
            std::string::npos);
}

TEST_F(BadRowsTest, OfDataForAModel) {
  write(
      "train.csv", "n,b,c,w,y\n" + [] {
        std::string rows;
        for (int i = 0; i < 40; ++i)
          rows += std::to_string(i * i) + (i % 2 ? ",yes,u," : ",no,v,") + "1," + (i % 3 ? "p\n" : "q\n");
        return rows;
      }());
  DataOptions o = options(OnBadRow::fail);
  o.weight = "w";
  const DataSpec spec = load_training(path("train.csv"), o).spec;
  write("new.csv",
        "n,b,c,w,y\n1,yes,u,1,p\nx,yes,u,1,p\n1,maybe,u,1,p\n2,no,new,2,q\n1,yes,u,1,other\n1,yes,u,-1,p\n,no,,1,q\n"
        "5,no,u,,q\n6,no,u,1,\n7,no,v,1,p\n8,YES,v,1,p\n1,no,u,1,p\n1,no,u,1,p\n1,no,u,1,p\n");
  const Dataset with = load_with(path("new.csv"), spec, Part::test, true, {1, OnBadRow::skip});
  EXPECT_EQ(with.skipped.rows, (std::vector<int64_t>{1, 2, 4, 5, 7, 8}));
  EXPECT_EQ(with.rows, 8);
  EXPECT_EQ(lines(with.skipped)[2], "new.csv, line 4, column 'b': 'maybe' is neither 'no' nor 'yes'");
  EXPECT_EQ(lines(with.skipped)[3], "new.csv, line 6, column 'y': 'other' is a class that training did not have");
  EXPECT_EQ(lines(with.skipped)[4], "new.csv, line 7, column 'w': '-1' is negative");
  const Dataset without = load_with(path("new.csv"), spec, Part::test, false, {1, OnBadRow::skip});
  EXPECT_EQ(without.skipped.rows, (std::vector<int64_t>{1, 2})) << "neither target nor weight is read";
  EXPECT_EQ(without.rows, 12);
  EXPECT_EQ(message([&] { load_with(path("new.csv"), spec, Part::test, false); }),
            "new.csv, line 3, column 'n': 'x' is not a number, but the column was numeric in training; correct it or "
            "list it as a missing value");
}

TEST_F(BadRowsTest, SkippingChangesNothingWhereAllRowsAreGood) {
  write("t.csv", table(300, {}));
  const Loaded a = load_training(path("t.csv"), options(OnBadRow::fail));
  const Loaded b = load_training(path("t.csv"), options(OnBadRow::skip));
  EXPECT_EQ(to_json(a.spec), to_json(b.spec));
  EXPECT_EQ(floats(a.data.inputs[0]), floats(b.data.inputs[0]));
  EXPECT_TRUE(b.data.skipped.empty());
  EXPECT_TRUE(b.data.skipped.lines().empty());
}

}  // namespace
}  // namespace retrograd
