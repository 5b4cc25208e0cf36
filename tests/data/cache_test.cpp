// The binary cache of a table: the same dataspec and numbers as in memory, and when it is built, used, rebuilt,
// refused.
#include "data/cache/cache.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "data/cache/cache_file.hpp"
#include "data/files/mapped_file.hpp"
#include "data/spec/infer.hpp"
#include "data/table/csv_stream.hpp"
#include "data/table/streamed_table.hpp"
#include "scratch.hpp"

namespace retrograd {
namespace {

class Cache : public Scratch {
 protected:
  /// Numbers with gaps, integers, texts, booleans, quotes over two lines, an identifier, a constant, a repeated column.
  static std::string rows(int count, int from = 0) {
    std::string text;
    for (int i = from; i < from + count; ++i) {
      const std::string n = std::to_string(i);
      text += n + "," + (i % 7 == 3 ? "" : std::to_string(i % 41) + ".25") + "," + std::to_string(i % 5) + ",";
      text += (i % 11 == 0 ? "\"a \"\"b\"\"\nc\"" : i % 13 == 5 ? "NA" : i % 3 ? "red" : "green");
      text += std::string(i % 2 ? ",yes," : ",no,") + "7," + std::to_string(i % 41) + ".25,w" + std::to_string(i % 4);
      text += "," + std::to_string(1 + i % 3) + "," + (i % 4 < 2 ? "low" : "high") + "\n";
    }
    return text;
  }
  static std::string table(int count) { return "id,x,k,s,b,c,x2,late,w,y\n" + rows(count); }
  static DataOptions options(std::string target = "y") {
    DataOptions o;
    o.targets = {std::move(target)};
    o.weight = "w";
    return o;
  }
  DataOptions cached(DataOptions o, size_t memory = size_t{1} << 20) const {
    o.cache = {path("t.cache"), memory};
    return o;
  }
  static void expect_equal(const Dataset& a, const Dataset& b) {
    ASSERT_EQ(a.rows, b.rows);
    ASSERT_EQ(a.inputs.size(), b.inputs.size());
    const auto same = [](const Block& x, const Block& y) {
      EXPECT_EQ(x.name, y.name);
      EXPECT_EQ(x.cols, y.cols);
      ASSERT_EQ(x.floats().size(), y.floats().size());
      EXPECT_TRUE(std::ranges::equal(std::as_bytes(x.floats()), std::as_bytes(y.floats()))) << x.name;
    };
    for (size_t i = 0; i < a.inputs.size(); ++i) same(a.inputs[i], b.inputs[i]);
    same(a.target, b.target);
    same(a.weight, b.weight);
  }
};

TEST_F(Cache, HoldsWhatIsReadIntoMemory) {
  for (const std::string target : {"y", "x2", "k", "b"}) {
    for (const bool packed : {false, true}) {
      const std::string csv = write("t.csv", packed ? gzip(table(900)) : table(900));
      std::filesystem::remove(path("t.cache"));
      DataOptions o = options(target);
      if (target == "k") o.types["x"] = ColumnType::categorical;
      const Loaded memory = load_training(csv, o);
      const Loaded built = load_training(csv, cached(o)), opened = load_training(csv, cached(o));
      EXPECT_EQ(to_json(built.spec), to_json(memory.spec));
      EXPECT_EQ(to_json(opened.spec), to_json(memory.spec));
      expect_equal(built.data, memory.data);
      expect_equal(opened.data, memory.data);
      EXPECT_NE(opened.data.inputs.at(0).file, nullptr);
      EXPECT_NE(built.data.notes.at(0).find("built"), std::string::npos);
      EXPECT_NE(opened.data.notes.at(0).find("as read before"), std::string::npos);
    }
  }
}

TEST_F(Cache, PiecesOfAnySizeGiveTheTableOfTheWholeFile) {
  // A column that is a number in the first pieces and text later, quotes across the ends of pieces, CR LF, no last LF.
  std::string text = "id,x,k,s,b,c,x2,late,w,y\n";
  for (int i = 0; i < 300; ++i) text += i == 250 ? "250,oops,1,\"r,\r\n\"\"d\",yes,7,1,w,1,low\r\n" : rows(1, i);
  text.pop_back();
  const std::string csv = write("p.csv", text);
  DataOptions o = options();
  o.types["x"] = ColumnType::categorical;
  const std::string expected = to_json(load_training(csv, o).spec);
  for (const size_t piece : {64, 100, 1000, 4096, 1 << 20}) {
    StreamOptions streaming;
    streaming.piece = piece;
    const StreamedTable streamed = stream_table(csv, streaming, path("scratch"));
    EXPECT_EQ(to_json(infer(streamed.table, o)), expected) << piece;
    EXPECT_EQ(message([&] { infer(streamed.table, options()); }), message([&] { load_training(csv, options()); }));
    int64_t rows = 0;
    CsvStream stream(csv, {}, piece);
    while (const auto table = stream.next()) rows += table->rows();
    EXPECT_EQ(rows, 300);
    EXPECT_EQ(stream.hash(), streamed.hash);
  }
}

TEST_F(Cache, ErrorsNameTheLineOfTheFile) {
  const auto refused = [&](const std::string& row) {
    const std::string csv = write("e.csv", table(500) + row + "\n" + rows(200, 501));
    const std::string memory = message([&] { load_training(csv, options()); });
    EXPECT_EQ(message([&] { load_training(csv, cached(options())); }), memory);
    EXPECT_FALSE(std::filesystem::exists(path("t.cache"))) << "nothing half-built";
    return memory;
  };
  EXPECT_NE(refused("1,2").find("2 fields, expected 10"), std::string::npos);
  EXPECT_NE(refused("1,two,3,red,no,7,1,w,1,low").find("'two' is not a number"), std::string::npos);
  EXPECT_NE(refused("1,1e99,3,red,no,7,1,w,1,low").find("'1e99' is infinite"), std::string::npos);
  EXPECT_NE(refused("1,2,3,red,no,7,1,w,1,").find("the target 'y' is missing"), std::string::npos);
}

TEST_F(Cache, IsBuiltAgainWhenTheSourceOrTheOptionsChanged) {
  const std::string csv = write("t.csv", table(100));
  const auto load = [&](const DataOptions& o) { return load_training(csv, cached(o)).data.notes.at(0); };
  load(options());
  write("t.csv", table(100));  // the same content, touched
  EXPECT_NE(load(options()).find("as read before"), std::string::npos);
  write("t.csv", table(101));
  EXPECT_NE(load(options()).find("again: " + csv + " has changed"), std::string::npos);
  std::string other = table(101);
  other[other.find(".25")] = '1';
  write("t.csv", other);
  EXPECT_NE(load(options()).find("has changed"), std::string::npos) << "the same size";
  DataOptions more = options();
  more.ignore = {"k"};
  EXPECT_NE(load(more).find("are to be read otherwise"), std::string::npos);
  std::string bytes;
  {
    std::ifstream in(path("t.cache"), std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  const auto damaged = [&](const std::string& with) {
    write("t.cache", with);
    return load(more);
  };
  const auto changed = [&](size_t at) {
    std::string with = bytes;
    with[at] = static_cast<char>(with[at] ^ 1);
    return damaged(with);
  };
  constexpr size_t kStart = 64, kBlocks = 4096, kRow = 6 * sizeof(float);
  for (const size_t at : {size_t{17}, size_t{25}}) EXPECT_NE(changed(at).find("than it says"), std::string::npos) << at;
  for (const size_t at : {size_t{40}, kStart - 1, bytes.size() - 9})
    EXPECT_NE(changed(at).find("the hash of its description is wrong"), std::string::npos) << at;
  EXPECT_NE(changed(kBlocks + 40 * kRow).find("the hash of 'numeric' is wrong"), std::string::npos);
  for (const size_t size : {bytes.size() - 4, kBlocks, kStart, kStart - 1, size_t{16}})
    EXPECT_NE(damaged(bytes.substr(0, size)).find("again: it is damaged"), std::string::npos) << size;
  EXPECT_NE(damaged(bytes + "more").find("again: it is damaged"), std::string::npos);
  EXPECT_NE(damaged(bytes).find("as read before"), std::string::npos);
}

/// Hashes keep out damage, not malice.
TEST_F(Cache, NumbersThatCannotBeAreRefused) {
  const DataSpec spec = load_training(write("t.csv", table(50)), options()).spec;
  const auto refused = [&](const std::function<void(Dataset&)>& change) {
    Dataset data = load_training(path("t.csv"), options()).data;
    change(data);
    CacheHead head;
    head.spec = to_json(spec);
    head.rows = data.rows;
    CacheWriter writer(path("f.cache"), head);
    EXPECT_TRUE(writer.append(data));
    writer.publish();
    try {
      CacheReader(path("f.cache")).rows(true, size_t{1} << 20);
    } catch (const UnusableCache& e) {
      return e.why;
    }
    return std::string("read");
  };
  const auto at = [](Block& block, size_t i) -> float& { return std::get<std::vector<float>>(block.values)[i]; };
  constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(refused([](Dataset&) {}), "read");
  EXPECT_EQ(refused([&](Dataset& d) { at(d.inputs.at(0), 7) = kNan; }), "read");
  EXPECT_EQ(refused([&](Dataset& d) { at(d.inputs.at(1), 7) = -1; }), "read");
  for (const float code : {-2.0f, 0.5f, 4.0f, kNan})
    EXPECT_NE(refused([&](Dataset& d) { at(d.inputs.at(1), 2) = code; }).find("in 'categorical', row 1"),
              std::string::npos)
        << code;
  for (const float code : {-1.0f, 2.0f, 1e9f, kNan})
    EXPECT_NE(refused([&](Dataset& d) { at(d.target, 3) = code; }).find("in 'target', row 3"), std::string::npos);
  EXPECT_NE(refused([&](Dataset& d) { at(d.inputs.at(0), 0) = kInfinity; }).find("in 'numeric', row 0"),
            std::string::npos);
  EXPECT_NE(refused([&](Dataset& d) { at(d.weight, 49) = -1; }).find("in 'weight', row 49"), std::string::npos);
}

TEST_F(Cache, IsWrittenByOneProcessAtATime) {
  const std::string csv = write("t.csv", table(50));
  CacheHead head;
  head.spec = to_json(load_training(csv, options()).spec);
  head.rows = 50;
  {
    const CacheWriter writer(path("t.cache"), head);
    EXPECT_NE(message([&] { load_training(csv, cached(options())); }).find("another process is building this cache"),
              std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(path("t.cache.part")));
  write("t.cache.part", "what a killed process left");
  EXPECT_NE(load_training(csv, cached(options())).data.notes.at(0).find("built"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path("t.cache.part")));
}

TEST_F(Cache, RefusesToOverwriteWhatIsNoCache) {
  const std::string csv = write("t.csv", table(100));
  write("t.cache", "a letter to my grandmother, who would be sorry to lose it; it is longer than a head");
  EXPECT_EQ(message([&] { load_training(csv, cached(options())); }),
            "t.cache is not a cache that this program wrote; it is left as it is: name another file with --cache");
  DataOptions self = options();
  self.cache.file = csv;
  EXPECT_NE(message([&] { load_training(csv, self); }).find("is the table itself"), std::string::npos);
}

TEST_F(Cache, HoldsDataForAModel) {
  const std::string csv = write("t.csv", table(300)), other = write("o.csv", table(77));
  const DataSpec spec = load_training(csv, options()).spec;
  for (const bool target : {true, false}) {
    const ReadOptions read{2, OnBadRow::fail, {path("o.cache"), size_t{1} << 20}};
    expect_equal(load_with(other, spec, Part::test, target, read), load_with(other, spec, Part::test, target));
    const Dataset again = load_with(other, spec, Part::test, target, read);
    EXPECT_NE(again.notes.at(0).find("as read before"), std::string::npos);
  }
  // What was built for training serves the model too.
  const DataSpec trained = load_training(csv, cached(options())).spec;
  for (const bool target : {true, false}) {
    const ReadOptions read{2, OnBadRow::fail, {path("t.cache"), size_t{1} << 20}};
    const Dataset again = load_with(csv, trained, Part::test, target, read);
    EXPECT_NE(again.notes.at(0).find("as read before"), std::string::npos);
    expect_equal(again, load_with(csv, trained, Part::test, target));
  }
}

TEST_F(Cache, RowsTakenAreTheSameInAFileAndInMemory) {
  const std::string csv = write("t.csv", table(3000));
  const Dataset memory = load_training(csv, options()).data;
  const Dataset small = load_training(csv, cached(options(), 4096)).data;
  std::vector<int64_t> rows;
  for (int64_t r = 2999; r >= 0; r -= 1 + r % 3) rows.push_back(r);
  const Dataset taken = part(small, rows);
  EXPECT_NE(taken.inputs.at(0).file, nullptr);
  expect_equal(taken, take(memory, rows));
  const Dataset few = part(small, {5, 3});
  EXPECT_EQ(few.inputs.at(0).file, nullptr) << "in memory";
  expect_equal(few, take(memory, {5, 3}));
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".retrograd")) << "a file without a name";
}

TEST_F(Cache, TooManyTextsToKeepNameTheColumnToLeaveOut) {
  std::string text = "name,x,y\n";
  for (int i = 0; i < 3000; ++i) text += "person " + std::to_string(i) + "," + std::to_string(i * i) + ",1.5\n";
  const std::string csv = write("n.csv", text);
  StreamOptions streaming;
  streaming.most_text = 100000;
  streaming.piece = 4096;
  EXPECT_NE(message([&] { stream_table(csv, streaming, path("s")); }).find("leave the column out: --ignore name"),
            std::string::npos);
  streaming.ignore = {"name"};
  EXPECT_EQ(stream_table(csv, streaming, path("s")).table.rows(), 3000);
}

}  // namespace
}  // namespace retrograd
