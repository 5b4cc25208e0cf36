// Warnings for columns that hardly mean what they are taken for.
#include "inferred.hpp"

#include <fmt/format.h>

namespace retrograd {
namespace {

class Doubtful : public Inferred {};

TEST_F(Doubtful, NumbersInDisguiseAreToldOf) {
  const auto warnings = [&](auto&& text, const std::string& target) {
    std::string csv = "x;" + target + ";y\n";
    for (int i = 0; i < 40; ++i) csv += fmt::format("{};{};{}\n", i * 7 % 11, text(i), i % 3 == 0 ? "no" : "yes");
    return with_target(csv).warnings;
  };
  const auto one = [](const std::string& text) { return std::vector<std::string>{text}; };
  const std::string fix = "write them with a decimal point, and without grouping, currency and percent signs";
  EXPECT_EQ(
      warnings([](int i) { return fmt::format("{},{}", i, i % 7); }, "p"),
      one("column 'p' holds numbers that are not written plainly, e.g. '0,0': they are ignored; read the table with "
          "--decimal ,"));
  EXPECT_EQ(
      warnings([](int i) { return fmt::format("{},{:03}", 1 + i % 9, i % 3); }, "p"),
      one("column 'p' holds numbers that are not written plainly, e.g. '1,000': each is a category; if the comma is "
          "the decimal mark, read the table with --decimal ,; else " +
          fix));
  EXPECT_EQ(warnings([](int i) { return fmt::format("$ {}.50", i % 9); }, "p").size(), 1u);
  EXPECT_EQ(warnings([](int i) { return fmt::format("{} %", i % 9); }, "p").size(), 1u);
  EXPECT_EQ(warnings([](int i) { return fmt::format("-1.234.{:03},5 €", i % 9); }, "p").size(), 1u);
  for (const std::string_view no : {"1,2,{}", "a{}", "{}a", "1.2.3.{}", "{}-{}"})
    EXPECT_TRUE(warnings([&](int i) { return fmt::format(fmt::runtime(no), i % 9, i % 3); }, "p").empty()) << no;

  std::string csv = "x;y\n";
  for (int i = 0; i < 40; ++i) csv += fmt::format("{};{},5\n", i, i);
  EXPECT_EQ(
      refuse(csv, target({"y"})),
      "a.csv: the target 'y' holds numbers that are not written plainly, e.g. '0,5'; read the table with --decimal ,");
  DataOptions comma = target({"y"});
  comma.decimal = ',';
  csv = "x;y\n";
  for (int i = 0; i < 40; ++i) csv += fmt::format("{};1.{:03},5 €\n", i, i);
  EXPECT_EQ(
      refuse(csv, comma),
      "a.csv: the target 'y' holds numbers that are not written plainly, e.g. '1.000,5 €'; write them with a decimal "
      "comma, and without grouping, currency and percent signs");
}

TEST_F(Doubtful, DatesAndNumbersWithWordsAmongThemAreToldOf) {
  std::string csv = "day,time,version,part,n\n";
  for (int i = 0; i < 60; ++i) {
    const std::string n = i % 6 == 0 ? (i % 4 == 0 ? "-" : "n. a.") : std::to_string(i % 30);
    csv += fmt::format("2024-01-{:02},{}/3/24 8:30,1.{}.x,7-{},{}\n", 1 + i % 20, 1 + i % 20, i % 9, i % 9, n);
  }
  EXPECT_EQ(spec(csv).warnings,
            (std::vector<std::string>{
                "column 'day' holds dates, e.g. '2024-01-01': each is a category; numbers say more, e.g. columns for "
                "the year, the month and the weekday",
                "column 'time' holds dates, e.g. '1/3/24 8:30': each is a category; numbers say more, e.g. columns for "
                "the year, the month and the weekday",
                "column 'n' has 25 different numbers, and texts among them, '-' and 'n. a.': each is a category; list "
                "texts that mean 'no value' as missing values (--missing), then it is numeric"}));
  DataOptions told;
  for (const char* type : {"day=categorical", "time=categorical", "n=categorical"}) add_type_override(told, type);
  EXPECT_TRUE(spec(csv, told).warnings.empty()) << "who has said so needs no warning";
}

TEST_F(Doubtful, AValueThatDwarfsAllOthersIsToldOf) {
  const auto warnings = [&](const std::string& far) {
    return spec(table(60, [&](int i) { return i == 40 ? far : std::to_string(i % 13); })).warnings;
  };
  EXPECT_EQ(warnings("1e30"),
            std::vector<std::string>{
                "column 'y': half of its values are from 3 to 9, but the largest is 1e+30: against that the others are "
                "all alike; correct it, list it as a missing value, or scale by quantiles (--scaling quantile)"});
  EXPECT_EQ(warnings("-99999999").size(), 1u);
  EXPECT_TRUE(warnings("1300").empty()) << "a hundred times as large is nothing strange";
}

TEST_F(Doubtful, NumbersThat32BitFloatsCannotTellApartAreToldOf) {
  const auto warnings = [&](double start, double step, std::string_view type = "") {
    DataOptions options;
    if (!type.empty()) add_type_override(options, std::string(type));
    return spec(table(60, [&](int i) { return fmt::format("{:.17g}", start + step * (i * 7 % 60)); }), options)
        .warnings;
  };
  EXPECT_EQ(warnings(1.7e9, 7),
            std::vector<std::string>{"column 'y': its numbers lie near 1700000206.5 and differ by 121 (deviation), but "
                                     "32-bit floats, which networks read, are 128 apart there: subtract a number near "
                                     "them first, or, if they name things, --type y=categorical"});
  EXPECT_EQ(warnings(1.7e9, 7, "y=numeric").size(), 1u);
  EXPECT_TRUE(warnings(1.7e9, 7, "y=categorical").empty());
  EXPECT_TRUE(warnings(1.7e9, 86400).empty()) << "of days little is lost";
  EXPECT_TRUE(warnings(16777216, 1024).empty());
  EXPECT_EQ(warnings(2e-40, 1e-41),
            std::vector<std::string>{"column 'y': its largest number is 7.9e-40, too small for 32-bit floats, in "
                                     "which all are 0; choose another unit"});
  EXPECT_TRUE(warnings(2e-30, 1e-31).empty());

  std::string csv = "x,y\n";
  for (int i = 0; i < 60; ++i) csv += fmt::format("{},{}\n", i * 7 % 11, 1'700'000'000 + i * 7 % 60);
  const std::vector<std::string> target = with_target(csv).warnings;
  ASSERT_EQ(target.size(), 1u);
  EXPECT_TRUE(target[0].ends_with("128 apart there: subtract a number near them first")) << target[0];
}

TEST_F(Doubtful, CodesWithLeadingZerosAreToldOf) {
  const auto warnings = [&](std::string_view format) {
    return spec(table(60, [&](int i) { return fmt::format(fmt::runtime(format), i * 31 % 1700); })).warnings;
  };
  EXPECT_EQ(warnings("{:05}"),
            std::vector<std::string>{"column 'y' has leading zeros, e.g. '00000', like a code, but is read as numbers; "
                                     "--type y=categorical makes categories of them"});
  EXPECT_TRUE(warnings("{}").empty());
  EXPECT_TRUE(warnings("0.{:03}").empty());
}

TEST_F(Doubtful, ClassesOfASingleRowAreToldOf) {
  const auto warnings = [&](auto&& y) { return with_target(table(60, y)).warnings; };
  EXPECT_EQ(
      warnings([](int i) { return i == 7  ? "maybe"
                                  : i % 2 ? "no"
                                          : "yes"; }),
      std::vector<std::string>{"class 'maybe' of the target 'y' has a single row: what is learned of it cannot be "
                               "measured; give more rows, or leave it out"});
  EXPECT_EQ(
      warnings([](int i) {
        return i == 7 ? "p" : i == 8 ? "q" : i % 2 ? "no" : "yes";
      }),
      std::vector<std::string>{"2 classes ('p' and 'q') of the target 'y' have a single row each: what is learned "
                               "of them cannot be measured; give more rows, or leave them out"});
}

TEST_F(Doubtful, ARowInPlaceOfTheHeaderIsToldOf) {
  EXPECT_EQ(spec("1.25,a\n3,b\n4,c\n").warnings,
            std::vector<std::string>{
                "a column is named '1.25', which is a number: if the first line is a row of data, add a header"});
  EXPECT_TRUE(spec("2001,a\n3,b\n4,c\n").warnings.empty()) << "years and pixels are names";
  EXPECT_EQ(refuse("x,y\n1,a\n", target({"y"})),
            "a.csv: there is a single row, and so nothing to learn; give more rows");
}
}  // namespace
}  // namespace retrograd
