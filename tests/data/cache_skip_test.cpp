// Caches of tables with rows that cannot be read: the rows, and the list of those left out, of a run in memory.
#include <cmath>
#include <cstring>

#include "data/cache/cache.hpp"
#include "data/cache/cache_file.hpp"
#include "data/rows/screen.hpp"
#include "data/spec/infer.hpp"
#include "data/table/streamed_table.hpp"
#include "scratch.hpp"

namespace retrograd {
namespace {

class CacheSkip : public Scratch {
 protected:
  /// Every kind of bad row, now and then; `pad` makes rows longer.
  static std::string table(int rows, const std::string& pad = "") {
    std::string text = "x,k,s,b,w,y\n";
    for (int i = 0; i < rows; ++i) {
      const bool here = i % 97 == 13;
      const int kind = here ? i / 97 % 8 : -1;
      text += kind == 0 ? "oops," : kind == 1 ? "1e999," : std::to_string(i % 41) + ".25,";
      text += std::to_string(i % 5) + ",";
      text += (kind == 2 ? "\xff\xfe" : kind == 3 ? "\"never closed" : i % 3 ? "red" : "\"two\nlines\"") + pad + ",";
      text += i % 2 ? "yes," : "no,";
      text += kind == 4 ? "-1," : std::to_string(1 + i % 3) + ",";
      text += kind == 5 ? "" : i % 4 < 2 ? "low" : "high";
      text += kind == 6 ? ",one more\n" : "\n";
      if (kind == 7) text += "too,few\n";
    }
    return text;
  }
  static DataOptions options() {
    DataOptions o;
    o.targets = {"y"};
    o.weight = "w";
    o.on_bad_row = OnBadRow::skip;
    return o;
  }
  CacheOptions cache(size_t memory = size_t{1} << 20) const { return {path("t.cache"), memory}; }

  static void expect_equal(const Dataset& a, const Dataset& b) {
    ASSERT_EQ(a.rows, b.rows);
    ASSERT_EQ(a.inputs.size(), b.inputs.size());
    const auto same = [](const Block& x, const Block& y) {
      ASSERT_EQ(x.floats().size(), y.floats().size());
      EXPECT_EQ(std::memcmp(x.floats().data(), y.floats().data(), x.floats().size_bytes()), 0) << x.name;
    };
    for (size_t i = 0; i < a.inputs.size(); ++i) same(a.inputs[i], b.inputs[i]);
    same(a.target, b.target);
    same(a.weight, b.weight);
    EXPECT_EQ(a.skipped.of, b.skipped.of);
    EXPECT_EQ(a.skipped.rows, b.skipped.rows);
    EXPECT_EQ(a.skipped.lines(), b.skipped.lines());
  }
};

TEST_F(CacheSkip, LeavesOutAndListsTheRowsThatMemoryDoes) {
  for (const auto& [rows, pad] : {std::pair{2000, std::string()}, {30000, std::string(400, 'p')}}) {  // 1 piece, 2
    const std::string csv = write("t.csv", table(rows, pad));
    const Loaded memory = load_training(csv, options());
    ASSERT_GT(memory.data.skipped.rows.size(), static_cast<size_t>(rows) / 97 - 2);
    DataOptions cached = options();
    cached.cache = cache();
    for (int again = 0; again < 2; ++again) {
      const Loaded found = load_training(csv, cached);
      EXPECT_NE(found.data.notes.at(0).find(again ? "as read before" : "built"), std::string::npos);
      EXPECT_EQ(to_json(found.spec), to_json(memory.spec));
      expect_equal(found.data, memory.data);
    }
    // Read for a model: other rows are bad, so the cache of training is replaced.
    const ReadOptions reading{.on_bad_row = OnBadRow::skip, .cache = cache()};
    const Dataset expected = load_with(csv, memory.spec, Part::test, true, {.on_bad_row = OnBadRow::skip});
    expect_equal(load_with(csv, memory.spec, Part::test, true, reading), expected);
    std::filesystem::remove(path("t.cache"));
    expect_equal(load_with(csv, memory.spec, Part::test, true, reading), expected);
    std::filesystem::remove(path("t.cache"));
  }
}

TEST_F(CacheSkip, IsForSkippingAloneWhereRowsWereLeftOut) {
  const std::string csv = write("t.csv", table(1000));
  DataOptions skip = options(), fail = options();
  skip.cache = fail.cache = cache();
  fail.on_bad_row = OnBadRow::fail;
  load_training(csv, skip);
  EXPECT_NE(support::message_of([&] { load_training(csv, fail); }).find("line"), std::string::npos);
  // A table without bad rows has one cache for both.
  write(
      "t.csv", "x,w,y\n" + [] {
        std::string rows;
        for (int i = 0; i < 60; ++i) rows += std::to_string(i * i) + ".5,1," + (i % 2 ? "a\n" : "b\n");
        return rows;
      }());
  EXPECT_NE(load_training(csv, skip).data.notes.at(0).find("built"), std::string::npos);
  EXPECT_NE(load_training(csv, fail).data.notes.at(0).find("as read before"), std::string::npos);
  EXPECT_NE(load_training(csv, skip).data.notes.at(0).find("as read before"), std::string::npos);
}

TEST_F(CacheSkip, MoreThanHalfIsAnError) {
  std::string text = "x,y\n";
  for (int i = 0; i < 40; ++i) text += i % 3 ? "1,2,3\n" : std::to_string(i) + ".5,a\n";
  DataOptions o;
  o.targets = {"y"};
  o.on_bad_row = OnBadRow::skip;
  o.cache = cache();
  const std::string csv = write("t.csv", text);
  EXPECT_NE(support::message_of([&] { load_training(csv, o); }).find("26 of 40 rows cannot be read"),
            std::string::npos);
}

/// Pieces of a few rows, some of them bad altogether.
TEST_F(CacheSkip, StreamedTablesSkipAsTablesInMemory) {
  const std::string csv = write("t.csv", table(500));
  Table memory = read_csv(csv, {.on_bad_row = OnBadRow::skip});
  skip_bad_rows(memory, options());
  for (const size_t piece : {64, 300, 5000}) {
    StreamOptions streaming;
    streaming.csv.on_bad_row = OnBadRow::skip;
    streaming.piece = piece;
    StreamedTable streamed = stream_table(csv, streaming, csv);
    skip_bad_rows(streamed.table, options());
    ASSERT_EQ(streamed.table.rows(), memory.rows());
    EXPECT_EQ(streamed.table.skipped().rows, memory.skipped().rows);
    EXPECT_EQ(streamed.table.skipped().lines(), memory.skipped().lines());
    for (int c = 0; c < static_cast<int>(memory.columns().size()); ++c) {
      ASSERT_EQ(streamed.table.column(c).numeric, memory.column(c).numeric) << c;
      const TextColumn a = streamed.table.texts(c), b = memory.texts(c);
      EXPECT_EQ(a.codes, b.codes) << c;
      EXPECT_EQ(a.texts, b.texts) << c;
    }
    for (const int64_t row : {int64_t{0}, memory.rows() / 2, memory.rows() - 1}) {
      EXPECT_EQ(streamed.table.where(row), memory.where(row));
      EXPECT_EQ(streamed.table.field(row, 2), memory.field(row, 2));
    }
  }
}

/// The list of rows left out is not believed.
TEST_F(CacheSkip, RowsThatCannotHaveBeenLeftOutAreRefused) {
  const std::string csv = write("t.csv", table(300));
  DataOptions o = options();
  const Loaded memory = load_training(csv, o);
  const auto written = [&](const std::function<void(BadRows&)>& change) {
    CacheHead head{.options = "", .spec = to_json(memory.spec), .rows = memory.data.rows, .skips = true};
    head.skipped = memory.data.skipped;
    change(head.skipped);
    CacheWriter writer(path("t.cache"), head);
    EXPECT_TRUE(writer.append(memory.data));
    writer.publish();
    try {
      const CacheReader reader(path("t.cache"));
      return std::string("read");
    } catch (const UnusableCache& e) {
      return e.why;
    }
  };
  EXPECT_EQ(written([](BadRows&) {}), "read");
  const std::vector<std::function<void(BadRows&)>> changes = {[](BadRows& b) { b.of += 1; },
                                                              [](BadRows& b) { b.rows.back() = b.of; },
                                                              [](BadRows& b) { b.rows[1] = b.rows[0]; },
                                                              [](BadRows& b) { b.rows[0] = -1; },
                                                              [](BadRows& b) { b.first[0].row += 1; },
                                                              [](BadRows& b) { b.rows.pop_back(); },
                                                              [](BadRows& b) { b.first.resize(11, b.first[0]); }};
  for (const auto& change : changes) EXPECT_NE(written(change).find("left out cannot be"), std::string::npos);
}

}  // namespace
}  // namespace retrograd
