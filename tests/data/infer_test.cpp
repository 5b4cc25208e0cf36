#include "inferred.hpp"

#include <fmt/format.h>

#include <cmath>

namespace retrograd {
namespace {

class Infer : public Inferred {};

TEST_F(Infer, NumericStatistics) {
  const ColumnSpec c = spec("x,z\n1,a\n2,b\n,b\n4,a\n10,a\n").columns[0];
  EXPECT_EQ(c.type, ColumnType::numeric);
  EXPECT_EQ(c.role, ColumnRole::feature);
  EXPECT_EQ(c.missing, 1);
  EXPECT_EQ(c.distinct, 4);
  EXPECT_EQ(c.min, 1);
  EXPECT_EQ(c.max, 10);
  EXPECT_EQ(c.mean, 4.25);
  EXPECT_DOUBLE_EQ(c.sd, std::sqrt((3.25 * 3.25 + 2.25 * 2.25 + 0.25 * 0.25 + 5.75 * 5.75) / 4));
  EXPECT_EQ(c.median, 3) << "of 1 2 4 10: halfway between the middle two";
  EXPECT_EQ(c.why, "every value is a number");
}

TEST_F(Infer, CategoriesMostFrequentFirstTiesByValue) {
  const ColumnSpec c = spec("s\nb\nc\na\nc\nb\nd\n").columns[0];
  EXPECT_EQ(c.type, ColumnType::categorical);
  EXPECT_EQ(c.categories, (std::vector<std::string>{"b", "c", "a", "d"}));
  EXPECT_EQ(c.counts, (std::vector<int64_t>{2, 2, 1, 1}));
  const ColumnSpec n = spec("s,t\n10,1\nx,2\n9,3\n10.0,4\n010,5\n").columns[0];
  EXPECT_EQ(n.categories, (std::vector<std::string>{"10", "9", "x"})) << "numbers by value, in shortest form";
}

TEST_F(Infer, MissingBecomesACategory) {
  const ColumnSpec c = spec("s,x\nb,1\n,2\na,3\n?,4\n").columns[0];
  EXPECT_EQ(c.categories, (std::vector<std::string>{"(missing)", "a", "b"}));
  EXPECT_EQ(c.counts, (std::vector<int64_t>{2, 1, 1}));
  EXPECT_EQ(c.missing, 2);
  EXPECT_EQ(c.distinct, 2);
}

TEST_F(Infer, BooleansInCanonicalOrder) {
  for (const auto& [no, yes] : std::vector<std::pair<std::string, std::string>>{
           {"no", "yes"}, {"False", "True"}, {"F", "T"}, {"n", "y"}, {"0", "1"}}) {
    const ColumnSpec c = spec(fmt::format("s,x\n{},1\n{},2\n{},3\n,4\n", yes, no, yes)).columns[0];
    EXPECT_EQ(c.type, ColumnType::boolean) << yes;
    EXPECT_EQ(c.categories, (std::vector<std::string>{no, yes}));
    EXPECT_EQ(c.counts, (std::vector<int64_t>{1, 2}));
    EXPECT_EQ(c.missing, 1);
    EXPECT_DOUBLE_EQ(c.mean, 2.0 / 3);
    EXPECT_DOUBLE_EQ(c.sd, std::sqrt(2.0 / 9));
  }
  const ColumnSpec spellings = spec("s,x\nYes,1\nyes,2\nNO,3\nyes,4\n").columns[0];
  EXPECT_EQ(spellings.categories, (std::vector<std::string>{"NO", "yes"})) << "the most frequent spelling";
  EXPECT_EQ(spellings.counts, (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(spec("s,x\nyes,1\nfalse,2\n").columns[0].type, ColumnType::categorical) << "of two vocabularies";
  EXPECT_EQ(spec("s,x\n1,1\n2,2\n").columns[0].type, ColumnType::numeric);
}

TEST_F(Infer, ConstantsAndIdentifiersAreIgnoredWithAWarning) {
  std::string csv = "user_id,name,same,empty,year,x\n";
  for (int i = 0; i < 30; ++i)
    csv += std::to_string(100 + i) + ",n" + std::to_string(i) + ",k,," + std::to_string(2000 + i) + ",1.5\n";
  csv += "200,n31,k,,2030,2.5\n";
  const DataSpec s = spec(csv);
  EXPECT_EQ(s.columns[0].type, ColumnType::identifier);
  EXPECT_EQ(s.columns[1].type, ColumnType::identifier);
  EXPECT_EQ(s.columns[2].type, ColumnType::constant);
  EXPECT_EQ(s.columns[3].type, ColumnType::constant);
  EXPECT_EQ(s.columns[4].type, ColumnType::numeric) << "distinct integers without the name of an identifier";
  for (int c = 0; c < 4; ++c) EXPECT_EQ(s.columns[static_cast<size_t>(c)].role, ColumnRole::ignored);
  EXPECT_EQ(
      s.warnings,
      (std::vector<std::string>{
          "column 'user_id' is like an identifier (a different integer in every row, and the name of an identifier): "
          "ignored; --type user_id=numeric or user_id=categorical uses it",
          "column 'name' is like an identifier (31 different texts in 31 rows): ignored; --type name=numeric or "
          "name=categorical uses it",
          "column 'same' is constant ('k' in every row): ignored",
          "column 'empty' is constant (no value in any row): ignored"}));
  DataOptions options;
  add_type_override(options, "user_id=numeric");
  EXPECT_EQ(spec(csv, options).columns[0].role, ColumnRole::feature);
  EXPECT_EQ(spec("a,b\nk,1\n,2\n").columns[0].categories.size(), 2u) << "one text or missing tells something";
  EXPECT_EQ(spec("a,b\n5,1\n,2\n").columns[0].type, ColumnType::categorical) << "and so does one number or missing";
}

TEST_F(Infer, ManyConstantsAreOneWarning) {
  EXPECT_EQ(spec("a,b,c,x\n1,2,3,1\n1,2,3,2\n").warnings.size(), 3u);
  EXPECT_EQ(spec("a,b,c,d,e,x\n1,2,3,4,k,1\n1,2,3,4,k,2\n").warnings,
            (std::vector<std::string>{"5 columns are constant ('a', 'b', 'c' and 2 more): ignored"}));
}

TEST_F(Infer, DuplicateColumns) {
  const DataSpec s = spec("a,b,c,d,e\n1,1,x,x,1\n2,2,y,y,2\n,,x,x,3\n");
  EXPECT_EQ(s.warnings, (std::vector<std::string>{"column 'b' repeats column 'a': ignore one of them",
                                                  "column 'd' repeats column 'c': ignore one of them"}));
}

TEST_F(Infer, LeakingColumns) {
  std::string csv = "copy,code,other,y\n", regression = "euro,x,y\n";
  for (int i = 0; i < 40; ++i) {
    const int k = i % 3;
    csv += std::string(1, "abc"[k]) + "," + std::to_string(7 - k) + "," + std::to_string(i % 4) + "," + "abc"[k] + "\n";
    regression +=
        std::to_string(3 + 2 * (i + 0.25)) + "," + std::to_string(i * i % 37) + "," + std::to_string(i + 0.25) + "\n";
  }
  EXPECT_EQ(
      with_target(csv).warnings,
      (std::vector<std::string>{"column 'copy' equals the target 'y': it gives the answer away; ignore it unless it is "
                                "known when predicting",
                                "column 'code' has one value for each value of the target 'y': it gives the answer "
                                "away; ignore it unless it is known when predicting"}));
  EXPECT_EQ(with_target(regression).warnings,
            (std::vector<std::string>{
                "column 'euro' is a linear function of the target 'y': it gives the answer away; ignore "
                "it unless it is known when predicting"}));
}

TEST_F(Infer, TheTask) {
  const auto task = [&](const std::string& csv) { return with_target(csv).task; };
  EXPECT_EQ(task(table(40, [](int i) { return i % 3 ? "red" : "blue"; })), Task::classification);
  EXPECT_EQ(task(table(40, [](int i) { return i % 3 ? "yes" : "no"; })), Task::classification);
  EXPECT_EQ(task(table(40, [](int i) { return std::to_string(i % 4); })), Task::classification);
  EXPECT_EQ(task(table(39, [](int i) { return std::to_string(i % 4); })), Task::regression) << "under 10 rows a value";
  EXPECT_EQ(task(table(210, [](int i) { return std::to_string(i % 21); })), Task::regression) << "more than 20 values";
  EXPECT_EQ(task(table(40, [](int i) { return std::to_string(i % 4) + ".5"; })), Task::regression);

  const DataSpec s = with_target(table(44, [](int i) { return std::to_string(i % 4 * 5); }));
  EXPECT_EQ(s.classes(), (std::vector<std::string>{"0", "5", "10", "15"})) << "numbers in ascending order";
  EXPECT_EQ(s.task_why, "the target 'y' has 4 distinct integers only; for regression declare y=numeric or the task");
  EXPECT_EQ(with_target("x,y\n1,b\n2,a\n3,b\n").classes(), (std::vector<std::string>{"a", "b"})) << "not by frequency";
  EXPECT_EQ(with_target("x,y\n1,yes\n2,yes\n3,No\n").classes(), (std::vector<std::string>{"No", "yes"}));
}

TEST_F(Infer, TheTaskAsTold) {
  const std::string csv = table(44, [](int i) { return std::to_string(i % 4); });
  DataOptions options = target({"y"});
  options.task = Task::regression;
  EXPECT_EQ(spec(csv, options).task, Task::regression);
  EXPECT_EQ(spec(csv, options).task_why, "as told");
  options.task.reset();
  add_type_override(options, "y=numeric");
  EXPECT_EQ(spec(csv, options).task, Task::regression);
  options = target({"y"});
  options.task = Task::classification;
  EXPECT_EQ(spec("x,y\n1,1.5\n2,2.5\n3,1.50\n", options).classes(), (std::vector<std::string>{"1.5", "2.5"}));
  options.task = Task::regression;
  EXPECT_EQ(refuse("x,y\n1,2\n2,red\n", options),
            "a.csv, line 3, column 'y': 'red' is not a number, but the task is regression; correct it or list it as a "
            "missing value");
}

TEST_F(Infer, SeveralTargets) {
  const DataSpec labels = spec("x,p,q\n1,0,yes\n2,1,no\n3,1,yes\n", target({"p", "q"}));
  EXPECT_EQ(labels.task, Task::multilabel);
  EXPECT_EQ(labels.classes(), (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(spec("x,p,q\n1,0.5,2\n2,1,3\n3,1,7\n", target({"p", "q"})).task, Task::regression);
  EXPECT_EQ(
      refuse("x,p,q\n1,0.5,a\n2,1,b\n3,1,c\n", target({"p", "q"})),
      "a.csv: several targets must all be boolean (multi-label) or all numeric (regression), but 'q' is categorical "
      "(texts)");
}

TEST_F(Infer, TooManyCategories) {
  std::string csv = "s,x\n";
  for (int i = 0; i < 300; ++i)
    csv += "k" + std::to_string(i % 100 < 70 ? i % 7 : i % 100) + "," + std::to_string(i % 9) + "\n";
  DataOptions options;
  options.max_categories = 10;
  const DataSpec s = spec(csv, options);
  EXPECT_EQ(s.columns[0].categories.size(), 10u);
  EXPECT_EQ(s.columns[0].distinct, 37);
  EXPECT_EQ(
      s.warnings,
      (std::vector<std::string>{
          "column 's' has 37 categories: the 10 most frequent are kept, the other 27 (81 rows) count as unseen"}));
}

TEST_F(Infer, TypeOverrides) {
  DataOptions options;
  add_type_override(options, "a=categorical");
  add_type_override(options, "b=boolean");
  add_type_override(options, "c=ignore");
  const DataSpec s = spec("a,b,c\n01,Male,1\n2,Female,2\n1.0,Male,3\n", options);
  EXPECT_EQ(s.columns[0].categories, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(s.columns[1].categories, (std::vector<std::string>{"Female", "Male"}));
  EXPECT_EQ(s.columns[2].role, ColumnRole::ignored);
  EXPECT_EQ(message([&] { add_type_override(options, "a=text"); }),
            "column 'a' cannot be 'text'; the types are numeric, categorical, boolean and ignore");
  EXPECT_EQ(message([&] { add_type_override(options, "a"); }),
            "'a' is not a column type; write NAME=numeric, NAME=categorical, NAME=boolean or NAME=ignore");
  DataOptions numeric;
  add_type_override(numeric, "a=numeric");
  EXPECT_EQ(
      refuse("a,b\n1,2\nx7,3\n", numeric),
      "a.csv, line 3, column 'a': 'x7' is not a number, but the column was declared numeric; correct it or list it as "
      "a missing value");
  DataOptions boolean;
  add_type_override(boolean, "a=boolean");
  EXPECT_EQ(refuse("a,b\n1,2\n2,3\n3,4\n", boolean),
            "a.csv: column 'a' cannot be boolean: it has 3 distinct values, expected 2");
}

TEST_F(Infer, StrayTextsAmongNumbersAreMistakes) {
  std::string csv = "x,y\n";
  for (int i = 0; i < 60; ++i) csv += std::to_string(i) + ".5,1\n";
  csv += "12o,2\n";
  EXPECT_EQ(
      refuse(csv, {}),
      "a.csv, line 62, column 'x': '12o' is not a number, but 60 of its 61 values are numbers; correct it, list it as "
      "a missing value, or declare x=categorical");
  DataOptions options;
  options.ignore = {"x"};
  EXPECT_EQ(spec(csv, options).columns[0].role, ColumnRole::ignored) << "what is ignored cannot be wrong";
  std::string codes = "x,y\n";
  for (int i = 0; i < 60; ++i) codes += std::to_string(i % 4) + ",1\n";
  EXPECT_EQ(spec(codes + "3+,2\n").columns[0].type, ColumnType::categorical) << "few numbers are codes";
}

TEST_F(Infer, RefusesUnknownNames) {
  EXPECT_EQ(refuse("age,income\n1,a\n2,b\n", target({"incom"})),
            "a.csv: there is no column 'incom' (the target); did you mean 'income'?");
  EXPECT_EQ(refuse("age,income\n1,a\n2,b\n", target({"zzz"})),
            "a.csv: there is no column 'zzz' (the target); the columns are 'age' and 'income'");
  DataOptions options;
  options.weight = "Age";
  EXPECT_EQ(refuse("age,income\n1,a\n2,b\n", options),
            "a.csv: there is no column 'Age' (the weight); did you mean 'age'?");
  options = target({"age"});
  options.ignore = {"age"};
  EXPECT_EQ(refuse("age,income\n1,a\n2,b\n", options), "column 'age' is both target and ignored");
  EXPECT_EQ(refuse("age,income\n1,a\n2,b\n", target({"age", "age"})), "column 'age' is named twice as target");
}

TEST_F(Infer, RefusesBadTargets) {
  EXPECT_EQ(refuse("x,y\n1,\n2,NA\n", target({"y"})), "a.csv: the target 'y' has no value in any row");
  EXPECT_EQ(refuse("x,y\n1,a\n2,\n3,b\n4,?\n", target({"y"})),
            "a.csv, line 3: the target 'y' is missing (2 of 4 rows); fill it in or remove these rows (--on-bad-row "
            "skip leaves such rows out)");
  EXPECT_EQ(refuse("x,y\n1,a\n2,a\n", target({"y"})),
            "a.csv: the target 'y' has a single value, 'a', in all 2 rows; there is nothing to learn");
  EXPECT_EQ(refuse("x,y\n1,4\n2,4\n", target({"y"})),
            "a.csv: the target 'y' has a single value, '4', in all 2 rows; there is nothing to learn");
  EXPECT_EQ(
      refuse("x,y\n1,2\n2,inf\n3,1\n", target({"y"})),
      "a.csv, line 3, column 'y': 'inf' is infinite (or beyond the 32-bit float range); correct it or list it as a "
      "missing value");
  EXPECT_EQ(
      refuse(table(30, [](int i) { return "name" + std::to_string(i); }), target({"y"})),
      "a.csv: the target 'y' is like an identifier (30 different texts in 30 rows); name another target, or declare it "
      "with y=categorical");
}

TEST_F(Infer, RefusesInfiniteFeatures) {
  EXPECT_EQ(
      refuse("x,z\n1,2\n-inf,3\n", {}),
      "a.csv, line 3, column 'x': '-inf' is infinite (or beyond the 32-bit float range); correct it or list it as a "
      "missing value");
  EXPECT_EQ(
      refuse("x,z\n1,2\n1e39,3\n", {}),
      "a.csv, line 3, column 'x': '1e39' is infinite (or beyond the 32-bit float range); correct it or list it as a "
      "missing value");
  EXPECT_EQ(refuse("x,z\n1,2\n1e999,3\n", {}).substr(0, 36), "a.csv, line 3, column 'x': '1e999' i");
  EXPECT_EQ(
      refuse("x,z\ninf,2\ninf,3\n", {}),
      "a.csv, line 2, column 'x': 'inf' is infinite (or beyond the 32-bit float range); correct it or list it as a "
      "missing value")
      << "not dropped as a constant";
  DataOptions options;
  options.ignore = {"x"};
  EXPECT_EQ(refuse("x,z\n1,2\ninf,3\n", options), "(accepted)");
}

TEST_F(Infer, RefusesBadWeights) {
  DataOptions options = target({"y"});
  options.weight = "w";
  const auto with = [&](const std::string& w) { return "x,w,y\n1,1,2.5\n2," + w + ",3\n3,1,4\n"; };
  EXPECT_EQ(refuse(with("0.5"), options), "(accepted)");
  EXPECT_EQ(refuse(with("-1"), options), "a.csv, line 3: the weight 'w' is -1; weights must not be negative");
  EXPECT_EQ(refuse(with("NaN"), options),
            "a.csv, line 3: the weight 'w' is missing (1 of 3 rows); fill it in or remove this row (--on-bad-row skip "
            "leaves such rows out)");
  EXPECT_EQ(refuse(with("inf"), options).substr(0, 39), "a.csv, line 3, column 'w': 'inf' is inf");
  EXPECT_EQ(
      refuse(with("big"), options),
      "a.csv, line 3, column 'w': 'big' is not a number, but the column is the weight; correct it or list it as a "
      "missing value");
  EXPECT_EQ(refuse("x,w,y\n1,0,2\n2,0,3\n", options), "a.csv: the weight 'w' is 0 in every row");
}

TEST_F(Infer, RefusesTextsThatAreNotUtf8) {
  EXPECT_EQ(refuse("s,x\na,1\ncaf\xE9,2\n", {}),
            "a.csv, line 3, column 's': 'caf\\xe9' is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8");
}

}  // namespace
}  // namespace retrograd
