// A table in memory is read as the file of the same table would be.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "retrograd/data.hpp"
#include "support/message.hpp"

namespace retrograd {
namespace {

using support::message_of;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Columns that own what they show.
struct Columns {
  std::vector<double> area, target;
  std::vector<int32_t> city, digits;
  std::vector<TableColumnView> views() const {
    return {{"area", area, {}, {}},
            {"city", {}, city, {"never", " Oslo ", "Bern", "?", "Graz"}},
            {"digits", {}, digits, {"7", "08", "9.5"}},
            {"rent", target, {}, {}}};
  }
};

Columns rents(int rows) {
  Columns c;
  for (int i = 0; i < rows; ++i) {
    c.area.push_back(i % 7 == 6 ? kNan : 20.5 + i);
    c.city.push_back(i % 11 == 10 ? -1 : 1 + i % 4);
    c.digits.push_back(i % 3);
    c.target.push_back(100.25 * i);
  }
  return c;
}

std::string csv_of(const Columns& c) {
  const char* cities[] = {"Oslo", "Bern", "?", "Graz"};
  const char* digits[] = {"7", "08", "9.5"};
  std::string text = "area,city,digits,rent\n";
  for (size_t i = 0; i < c.area.size(); ++i) {
    if (!std::isnan(c.area[i])) text += std::to_string(c.area[i]);
    text += ',';
    if (c.city[i] >= 0) text += cities[c.city[i] - 1];
    text += std::string(",") + digits[c.digits[i]] + "," + std::to_string(c.target[i]) + "\n";
  }
  return text;
}

void expect_equal(const Dataset& a, const Dataset& b) {
  ASSERT_EQ(a.rows, b.rows);
  ASSERT_EQ(a.inputs.size(), b.inputs.size());
  const auto same = [](const Block& p, const Block& q) {
    ASSERT_EQ(p.cols, q.cols) << p.name;
    ASSERT_EQ(p.rows(), q.rows()) << p.name;
    for (int64_t r = 0; r < p.rows(); ++r)
      for (int c = 0; c < p.cols; ++c)
        EXPECT_TRUE(p.at(r, c) == q.at(r, c) || (std::isnan(p.at(r, c)) && std::isnan(q.at(r, c))))
            << p.name << ' ' << r << ' ' << c;
  };
  for (size_t i = 0; i < a.inputs.size(); ++i) {
    EXPECT_EQ(a.inputs[i].name, b.inputs[i].name);
    same(a.inputs[i], b.inputs[i]);
  }
  same(a.target, b.target);
}

TEST(MemoryTable, IsReadAsItsFile) {
  const Columns columns = rents(120);
  const std::string path = testing::TempDir() + "memory_table.csv";
  std::ofstream(path) << csv_of(columns);
  DataOptions options;
  options.targets = {"rent"};
  const Loaded file = load_training(path, options), memory = from_memory(columns.views(), options);
  EXPECT_EQ(to_json(memory.spec), to_json(file.spec));
  expect_equal(memory.data, file.data);

  Columns later = rents(30);
  later.city[3] = 0;  // a text that training did not have
  later.city[4] = -1;
  const Dataset rows = with_memory(later.views(), memory.spec, true);
  EXPECT_EQ(rows.inputs.at(1).at(3, 0), -1.0f);
  EXPECT_EQ(rows.inputs.at(1).at(4, 0), memory.data.inputs.at(1).at(10, 0));  // "(missing)", a category of its own
  EXPECT_EQ(rows.target.at(29, 0), static_cast<float>(100.25 * 29));
  EXPECT_TRUE(with_memory(later.views(), memory.spec, false).target.empty());
}

TEST(MemoryTable, WithoutTargetsThereAreOnlyFeatures) {
  const Columns columns = rents(40);
  const Loaded loaded = from_memory(columns.views());
  EXPECT_TRUE(loaded.data.target.empty());
  EXPECT_EQ(loaded.spec.with_role(ColumnRole::feature).size(), 4u);
  EXPECT_EQ(loaded.data.inputs.at(0).cols, 3);
}

TEST(MemoryTable, MissingNumbersByTheirText) {
  const std::vector<double> a = {1, -999, 3, 4.5}, y = {0.5, 1.5, 2.25, 9};
  DataOptions options;
  options.targets = {"y"};
  options.missing = {"-999"};
  const Loaded loaded = from_memory({{"a", a, {}, {}}, {"y", y, {}, {}}}, options);
  EXPECT_EQ(loaded.spec.columns[0].missing, 1);
  EXPECT_TRUE(std::isnan(loaded.data.inputs[0].at(1, 0)));
}

TEST(MemoryTable, RefusesWhatDoesNotFit) {
  const std::vector<double> two = {1, 2}, three = {1, 2, 3}, infinite = {1, HUGE_VAL};
  const std::vector<int32_t> codes = {0, 2};
  EXPECT_EQ(message_of([&] { from_memory(std::vector<TableColumnView>{}); }), "table in memory: no columns");
  EXPECT_EQ(message_of([&] { from_memory({{"a", {}, {}, {}}}); }), "table in memory: no rows");
  EXPECT_EQ(message_of([&] {
              from_memory({{"a", two, {}, {}}, {"b", three, {}, {}}});
            }),
            "table in memory: column 'b' has 3 rows, expected 2 as in the first column");
  EXPECT_EQ(message_of([&] {
              from_memory({{"a", two, {}, {}}, {"a", two, {}, {}}});
            }),
            "table in memory: two columns are named 'a'");
  EXPECT_EQ(message_of([&] {
              from_memory({{"a", {}, codes, {"x", "y"}}});
            }),
            "table in memory, row 1, column 'a': code 2, expected -1 (missing) to 1, as there are 2 texts");
  EXPECT_EQ(message_of([&] {
              from_memory({{"a", two, codes, {"x", "y", "z"}}});
            }),
            "table in memory: column 'a' has numbers and codes, expected one of them");
  EXPECT_NE(message_of([&] { from_memory({{"a", infinite, {}, {}}}); }).find("row 1, column 'a'"), std::string::npos);
}

TEST(Borrowed, TrainsAndPredictsLikeOwned) {
  const std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<uint8_t> bytes = {1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<double> y = {0.5, 1, 2, 4.5};
  const Loaded owned = from_memory(x, {2}, y), borrowed = from_memory(std::span<const float>(x), {2}, y);
  EXPECT_EQ(borrowed.data.inputs[0].floats().data(), x.data());  // not copied
  expect_equal(owned.data, borrowed.data);
  const Loaded small = from_memory(std::span<const uint8_t>(bytes), {2}, y);
  expect_equal(owned.data, small.data);
  const Dataset part = take(borrowed.data, {3, 0});
  EXPECT_TRUE(std::holds_alternative<std::vector<float>>(part.inputs[0].values));  // taken rows are owned
  EXPECT_EQ(part.inputs[0].at(0, 1), 8.0f);
}

}  // namespace
}  // namespace retrograd
