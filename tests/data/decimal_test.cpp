// Tables with decimal commas are the same tables with decimal points, to the bit, by every way of reading.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "data/rows/streamed_rows.hpp"
#include "data/table/csv_stream.hpp"
#include "data/table/csv_text.hpp"
#include "inferred.hpp"

namespace retrograd {
namespace {

class Decimal : public Inferred {
 protected:
  static DataOptions comma(std::vector<std::string> targets = {"y"}) {
    DataOptions options = target(std::move(targets));
    options.decimal = ',';
    return options;
  }
  static DataOptions with_weight(DataOptions options) {
    options.weight = "w";
    return options;
  }
  static std::string commas(std::string text) {
    std::replace(text.begin(), text.end(), '.', ',');
    return text;
  }
  /// Every way to write a number that the reader knows, gaps, numbers as categories and as two values, a late text.
  static std::string rows(int count) {
    static constexpr const char* kNumbers[] = {"0.1",
                                               "-2.5",
                                               "3",
                                               "+4.75",
                                               "1e-3",
                                               "2.5E2",
                                               " 7.5",
                                               "\"8.25\"",
                                               ".5",
                                               "9.",
                                               "",
                                               "NA",
                                               "0.30000000000000004",
                                               "123456789.123456789012345",
                                               "1.0"};
    std::string text = "x;k;two;s;w;y\n";
    for (int i = 0; i < count; ++i)
      text +=
          fmt::format("{};{};{};{};{}.5;{}.{}\n", kNumbers[i % 15], i % 4 == 0 ? "1.50" : fmt::format("{}.0", i % 4),
                      i % 3 == 0 ? "0.0" : "1", i % 5 == 1 && i > 200 ? "red" : "2.5", 1 + i % 3, i % 97, i % 11);
    return text;
  }
  static void expect_equal(const Dataset& a, const Dataset& b) {
    ASSERT_EQ(a.rows, b.rows);
    ASSERT_EQ(a.inputs.size(), b.inputs.size());
    const auto same = [](const Block& x, const Block& y) {
      EXPECT_EQ(x.cols, y.cols);
      EXPECT_TRUE(std::ranges::equal(std::as_bytes(x.floats()), std::as_bytes(y.floats()))) << x.name;
    };
    for (size_t i = 0; i < a.inputs.size(); ++i) same(a.inputs[i], b.inputs[i]);
    same(a.target, b.target);
    same(a.weight, b.weight);
  }
};

TEST_F(Decimal, CommasAndPointsGiveTheSameTable) {
  const std::string text = rows(600);
  DataOptions points = with_weight(target({"y"})), told = with_weight(comma());
  for (DataOptions* options : {&points, &told}) add_type_override(*options, "k=categorical");
  const Loaded expected = load_training(write("points.csv", text), points);
  ASSERT_EQ(expected.spec.columns[1].categories, (std::vector<std::string>{"1", "1.5", "2", "3"}));
  ASSERT_EQ(expected.spec.columns[2].type, ColumnType::boolean);
  ASSERT_EQ(expected.spec.columns[3].categories, (std::vector<std::string>{"2.5", "red"}));

  const std::string file = write("commas.csv", commas(text));
  Loaded found = load_training(file, told);
  expect_equal(found.data, expected.data);
  EXPECT_EQ(found.spec.decimal, ',');
  const auto as_points = [](DataSpec spec) {
    spec.decimal = '.';
    return to_json(spec);
  };
  EXPECT_EQ(as_points(found.spec), to_json(expected.spec));
  EXPECT_EQ(to_json(spec_from_json(to_json(found.spec))), to_json(found.spec));
  EXPECT_NE(describe(found.spec).find("decimal comma"), std::string::npos);

  const Loaded streamed = stream_training(file, told, folder_, size_t{1} << 20);
  expect_equal(streamed.data, expected.data);
  EXPECT_EQ(to_json(streamed.spec), to_json(found.spec));
  DataOptions cached = told;
  cached.cache = {path("t.cache"), size_t{1} << 20};
  for (const char* how : {", built", ", as read before"}) {
    const Loaded of_cache = load_training(file, cached);
    expect_equal(of_cache.data, expected.data);
    EXPECT_EQ(to_json(of_cache.spec), to_json(found.spec));
    EXPECT_NE(of_cache.data.notes.at(0).find(how), std::string::npos) << of_cache.data.notes[0];
  }

  // A later table is read by the dataspec, as a whole, in pieces and through a cache.
  expect_equal(load_with(file, found.spec, Part::test, true), expected.data);
  expect_equal(stream_with(file, found.spec, 2, folder_, size_t{1} << 20), expected.data);
  ReadOptions reading;
  reading.cache = {path("u.cache"), size_t{1} << 20};
  expect_equal(load_with(file, found.spec, Part::test, true, reading), expected.data);
}

TEST_F(Decimal, ManyRowsOnSeveralThreads) {
  std::string text = "a;b\n";
  for (int i = 0; i < 50000; ++i) text += fmt::format("{};{}\n", i / 128.0, 1e-7 * i);
  CsvOptions options;
  const Table points = read_csv(write("p.csv", text), options);
  options.decimal = ',';
  options.threads = 3;
  const Table found = read_csv(write("c.csv", commas(text)), options);
  for (int c = 0; c < 2; ++c) {
    ASSERT_TRUE(found.column(c).numeric);
    EXPECT_TRUE(std::equal(points.column(c).numbers.get(), points.column(c).numbers.get() + points.rows(),
                           found.column(c).numbers.get()));
  }
}

TEST_F(Decimal, APointIsNoDecimalMarkThen) {
  CsvOptions options;
  options.decimal = ',';
  const Table table = read_csv(write("a.csv", "v;n\n1.5;1,5\n1.10;2\n"), options);
  EXPECT_FALSE(table.column(0).numeric) << "versions stay apart";
  EXPECT_TRUE(table.column(1).numeric);
  EXPECT_EQ(spec("v;y\n1.5;0\n1.10;1\n1.5;1\n", comma()).columns[0].categories,
            (std::vector<std::string>{"1.5", "1.10"}));
  std::string stray = "x;y\n";
  for (int i = 0; i < 60; ++i) stray += fmt::format("{},25;{}\n", i, i % 2);
  const DataSpec model = spec(stray, comma());
  EXPECT_EQ(
      refuse(stray + "1.234;0\n", comma()),
      "a.csv, line 62, column 'x': '1.234' is not a number, but 60 of its 61 values are numbers; the decimal mark "
      "is the comma (--decimal ,): write it so, or leave that option out");
  EXPECT_EQ(message([&] { load_with(write("b.csv", "x\n1.5\n"), model, Part::test, false); }),
            "b.csv, line 2, column 'x': '1.5' is not a number, but the column was numeric in training; write it with a "
            "decimal comma, as in the training data");
  const DataSpec points = spec("x;y\n1.5;0\n2.5;1\n3.5;0\n", target({"y"}));
  EXPECT_EQ(message([&] { load_with(write("b.csv", "x;z\n1,5;0\n"), points, Part::test, false); }),
            "b.csv, line 2, column 'x': '1,5' is not a number, but the column was numeric in training; write it with a "
            "decimal point, as in the training data");
}

TEST_F(Decimal, GroupingIsNamed) {
  DataOptions options = comma({"p"});
  options.task = Task::regression;
  for (const char decimal : {'.', ','}) {
    options.decimal = decimal;
    EXPECT_EQ(refuse("p;x\n1.234,50;0\n2;1\n", options),
              "a.csv, line 2, column 'p': '1.234,50' is not a number, but the task is regression; write it without "
              "grouping, currency and percent signs");
  }
}

TEST_F(Decimal, BadRowsAreLeftOut) {
  DataOptions options = comma();
  options.on_bad_row = OnBadRow::skip;
  std::string text = "x;y\n";
  for (int i = 0; i < 60; ++i) text += fmt::format("{},25;{},5\n", i, i);
  const Loaded clean = load_training(write("clean.csv", text), options);
  const Loaded found = load_training(write("dirty.csv", text + "1.5;1,5\n2,5;none\n"), options);
  EXPECT_EQ(found.data.skipped.rows, (std::vector<int64_t>{60, 61}));
  expect_equal(found.data, clean.data);
  const ReadOptions reading{.on_bad_row = OnBadRow::skip};
  EXPECT_EQ(load_with(path("dirty.csv"), found.spec, Part::test, true, reading).skipped.rows.size(), 2u);
}

TEST_F(Decimal, MissingTextsMayBeSuchNumbers) {
  DataOptions options = comma();
  options.missing = {"-9,5"};
  const DataSpec found = spec("x;y\n-9,5;0\n1,5;1\n-9,50;0\n2,5;1\n", options);
  EXPECT_EQ(found.columns[0].missing, 1) << "missing is compared as text";
  EXPECT_EQ(found.columns[0].min, -9.5);
}

TEST_F(Decimal, TheSeparatorIsAnotherOrNumbersAreQuoted) {
  EXPECT_EQ(detect_separator("a,b;c\n1,2;3\n", ','), ';');
  EXPECT_EQ(detect_separator("a, in EUR;b\n1,5;2\n", ','), ';');
  EXPECT_EQ(detect_separator("a\tb\n1,5\t2\n", ','), '\t');
  EXPECT_EQ(detect_separator("a,b\n\"1,5\",2\n", ','), ',');
  EXPECT_EQ(detect_separator("a\n1,5\n", ','), ';') << "a single column";
  CsvOptions options;
  options.decimal = ',';
  const auto number = [&](std::string_view text, int column) {
    const Table table = read_csv(write("a.csv", text), options);
    return table.column(column).numeric ? table.column(column).numbers[0] : NAN;
  };
  EXPECT_EQ(number("a\n1,5\n", 0), 1.5);
  EXPECT_EQ(number("a,b\n\"1,5\",2\n", 0), 1.5);
  EXPECT_EQ(number("a,b\n\"1,5\",2\n", 1), 2);
  EXPECT_EQ(number("a,b\n 3 ,\" -2,5 \"\n", 1), -2.5);
  const auto refuse_csv = [&](std::string_view text) {
    return message([&] { read_csv(write("a.csv", text), options); });
  };
  EXPECT_EQ(
      refuse_csv("a,b\n1,5\n"),
      "a.csv: commas separate the columns, so they cannot be decimal marks as well; put numbers like 1,5 in quotes, "
      "or separate the columns otherwise, e.g. by ';'");
  EXPECT_EQ(refuse_csv("a,b\n\"1,5\",2\n1,5,2\n"),
            "a.csv, line 3: 3 fields, expected 2 as in the header (separator ','); put numbers with a decimal comma in "
            "quotes");
  options.decimal = ';';
  EXPECT_EQ(refuse_csv("a,b\n1,2\n"), "the decimal mark is ';', expected a point or a comma");
}

TEST_F(Decimal, ACacheOfTheOtherMarkIsBuiltAgain) {
  std::string text = "x;y\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("{},5;{}\n", i % 3, i % 2);
  const std::string file = write("t.csv", text);
  DataOptions options = target({"y"});
  options.cache = {path("t.cache"), size_t{1} << 20};
  EXPECT_EQ(load_training(file, options).spec.columns[0].type, ColumnType::categorical);
  options.decimal = ',';
  const Loaded again = load_training(file, options);
  EXPECT_EQ(again.spec.columns[0].type, ColumnType::numeric);
  EXPECT_NE(again.data.notes.at(0).find("to be read otherwise"), std::string::npos) << again.data.notes[0];
}

}  // namespace
}  // namespace retrograd
