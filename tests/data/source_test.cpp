#include <cmath>

#include "arrays.hpp"
#include "retrograd/data.hpp"
#include "scratch.hpp"

namespace retrograd {
namespace {

class Source : public Scratch {
 protected:
  /// A folder with the four usual files: 20 rows of 2 × 2 bytes for training, 4 for the test.
  void write_folder(bool packed) {
    const auto pack = [&](const std::string& s) { return packed ? gzip(s) : s; };
    const std::string end = packed ? ".gz" : "";
    std::string images, labels;
    for (int i = 0; i < 20; ++i) {
      images += std::string(4, static_cast<char>(i));
      labels += static_cast<char>(i % 2 == 0 ? 3 : 7);
    }
    write("train-images-idx3-ubyte" + end, pack(idx_file(8, {20, 2, 2}, images)));
    write("train-labels-idx1-ubyte" + end, pack(idx_file(8, {20}, labels)));
    write("t10k-images-idx3-ubyte" + end, pack(idx_file(8, {4, 2, 2}, std::string(16, 'x'))));
    write("t10k-labels-idx1-ubyte" + end, pack(idx_file(8, {4}, "\x07\x03\x03\x07")));
  }
  std::string refuse(const std::string& source, const DataOptions& options = {}) const {
    return message([&] { load_training(source, options); });
  }
};

TEST_F(Source, IdxFolder) {
  for (const bool packed : {false, true}) {
    write_folder(packed);
    const Loaded loaded = load_training("idx:" + folder_, {});
    EXPECT_EQ(loaded.spec.source, "idx");
    EXPECT_EQ(loaded.spec.task, Task::classification);
    EXPECT_EQ(loaded.spec.classes(), (std::vector<std::string>{"3", "7"}));
    EXPECT_EQ(loaded.spec.row_shape, (std::vector<int64_t>{2, 2}));
    EXPECT_EQ(loaded.data.rows, 20);
    EXPECT_EQ(loaded.data.inputs[0].cols, 4);
    EXPECT_EQ(loaded.data.inputs[0].at(5, 3), 5);
    EXPECT_EQ(loaded.data.target.at(1, 0), 1);
    const Dataset test = load_with("idx:" + folder_, loaded.spec, Part::test, true);
    EXPECT_EQ(std::get<std::vector<float>>(test.target.values), (std::vector<float>{1, 0, 0, 1}));
    const Dataset alone =
        load_with("idx:" + path("t10k-images-idx3-ubyte") + (packed ? ".gz" : ""), loaded.spec, Part::test, false);
    EXPECT_EQ(alone.rows, 4);
    EXPECT_TRUE(alone.target.empty());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
  }
}

TEST_F(Source, RefusesBadIdxPairs) {
  write_folder(false);
  const std::string images = path("train-images-idx3-ubyte"), labels = path("train-labels-idx1-ubyte");
  EXPECT_EQ(refuse("idx:" + images + "," + path("t10k-labels-idx1-ubyte")),
            "train-images-idx3-ubyte has 20 rows, but t10k-labels-idx1-ubyte has 4; they must agree");
  EXPECT_EQ(refuse("idx:" + images),
            "'idx:train-images-idx3-ubyte': name two files, idx:IMAGES,LABELS, or a folder that exists, idx:DIR");
  EXPECT_EQ(refuse("idx:" + images + "," + images),
            "train-images-idx3-ubyte: labels must have 1 dimension, found 20 × 2 × 2");
  const DataSpec spec = load_training("idx:" + folder_, {}).spec;
  write("t10k-labels-idx1-ubyte", idx_file(8, {4}, "\x07\x03\x09\x07"));
  EXPECT_EQ(
      message([&] { load_with("idx:" + folder_, spec, Part::test, true); }),
      "t10k-labels-idx1-ubyte, row 2, column 'label': the class '9' was not in the training data; its classes are '3' "
      "and '7'");
  write("t10k-images-idx3-ubyte", idx_file(8, {4, 4}, std::string(16, 'x')));
  EXPECT_EQ(message([&] { load_with("idx:" + folder_, spec, Part::test, false); }),
            "t10k-images-idx3-ubyte: its rows have the shape 4, the model was trained on 2 × 2");
  std::filesystem::remove(labels);
  EXPECT_EQ(refuse("idx:" + folder_), "FOLDER: there is no train-labels-idx1-ubyte (nor with .gz)");
}

TEST_F(Source, NumpyArrays) {
  std::vector<double> x, y;
  for (int i = 0; i < 30; ++i) {
    x.insert(x.end(), {i * 1.0, i % 3 == 0 ? std::nan("") : 2.0});
    y.push_back(i * 0.5);
  }
  const std::string xs = npy_file("<f8", "(30, 2)", bytes_of(x, false)),
                    ys = npy_file("<f8", "(30,)", bytes_of(y, false));
  write("X.npy", xs);
  write("y.npy", ys);
  write("both.npz", zip_file({{"X.npy", xs, true}, {"y.npy", ys, true}}));
  for (const std::string& source : {"npy:" + path("X.npy") + "," + path("y.npy"), "npz:" + path("both.npz")}) {
    const Loaded loaded = load_training(source, {});
    EXPECT_EQ(loaded.spec.source, "npy");
    EXPECT_EQ(loaded.spec.task, Task::regression);
    EXPECT_EQ(loaded.spec.row_shape, (std::vector<int64_t>{2}));
    EXPECT_EQ(loaded.data.inputs[0].at(4, 0), 4);
    EXPECT_TRUE(std::isnan(loaded.data.inputs[0].at(3, 1)));
    EXPECT_EQ(loaded.data.target.at(5, 0), 2.5);
    EXPECT_EQ(load_with("npy:" + path("X.npy"), loaded.spec, Part::test, false).rows, 30);
    EXPECT_EQ(load_with(source, loaded.spec, Part::test, true).target.rows(), 30);
  }
  std::vector<uint8_t> labels;
  for (int i = 0; i < 60; ++i) labels.push_back(i % 7 < 3);
  write("labels.npy", npy_file("|b1", "(30, 2)", bytes_of(labels, false)));
  const Loaded multi = load_training("npy:" + path("X.npy") + "," + path("labels.npy"), {});
  EXPECT_EQ(multi.spec.task, Task::multilabel);
  EXPECT_EQ(multi.data.target.cols, 2);
  EXPECT_EQ(multi.spec.classes(), (std::vector<std::string>{"y0", "y1"}));
  write("short.npy", npy_file("<f8", "(29,)", bytes_of(y, false).substr(8)));
  EXPECT_EQ(refuse("npy:" + path("X.npy") + "," + path("short.npy")),
            "X.npy has 30 rows, but short.npy has 29; they must agree");
  EXPECT_EQ(
      refuse("npy:" + path("y.npy") + "," + write("cube.npy", npy_file("|u1", "(30, 1, 1)", std::string(30, 'a')))),
      "cube.npy: the target must have 1 or 2 axes, found the shape 30 × 1 × 1");
  y[3] = std::nan("");
  write("gap.npy", npy_file("<f8", "(30,)", bytes_of(y, false)));
  EXPECT_EQ(refuse("npy:" + path("X.npy") + "," + path("gap.npy")),
            "gap.npy, row 3: the target 'y' is missing (1 of 30 rows); fill it in or remove this row");
}

TEST_F(Source, Tables) {
  write("a.csv", "x;y\n1,5;a\n2;b\n3;a\n");
  DataOptions options;
  EXPECT_EQ(refuse(path("a.csv")),
            "a.csv: which column is the target? Name it with --target; the columns are 'x' and 'y'");
  options.targets = {"y"};
  options.missing = {"-"};
  write("a.csv", "x;y\n1.5;a\n-;b\n3;a\n");
  const Loaded loaded = load_training(path("a.csv"), options);
  EXPECT_EQ(loaded.data.rows, 3);
  EXPECT_EQ(loaded.spec.missing_texts, (std::vector<std::string>{"-"}));
  write("b.csv", "x\n-\n4\n");
  const Dataset data = load_with(path("b.csv"), loaded.spec, Part::test, false);
  EXPECT_TRUE(std::isnan(data.inputs[0].at(0, 0))) << "the missing strings of training hold";
  EXPECT_EQ(inspect(path("a.csv"), {}).columns.size(), 2u);
  EXPECT_EQ(message([&] { load_with("npy:" + path("X.npy"), loaded.spec, Part::test, false); }),
            "npy:X.npy: the model was trained on a table, but this is an array");
  EXPECT_EQ(refuse(""), "no data named: give a CSV file, idx:…, npy:… or npz:…");
  EXPECT_EQ(refuse(folder_, options), "cannot read FOLDER: it is a directory; name a file");
}

TEST(SplitRows, IsAPartitionWithTheClassesInProportion) {
  std::vector<int> classes;
  for (int i = 0; i < 1000; ++i) classes.push_back(i % 10 == 0 ? 2 : i % 2);
  const SplitRows rows = split_rows(1000, 0.2, 1, classes);
  EXPECT_EQ(rows.valid.size(), 200u);
  EXPECT_EQ(rows.train.size(), 800u);
  std::vector<int64_t> all(rows.train);
  all.insert(all.end(), rows.valid.begin(), rows.valid.end());
  std::sort(all.begin(), all.end());
  for (int64_t i = 0; i < 1000; ++i) ASSERT_EQ(all[static_cast<size_t>(i)], i);
  std::vector<int> count(3);
  for (const int64_t r : rows.valid) ++count[static_cast<size_t>(classes[static_cast<size_t>(r)])];
  EXPECT_EQ(count, (std::vector<int>{80, 100, 20}));
  EXPECT_TRUE(std::is_sorted(rows.valid.begin(), rows.valid.end()));
}

TEST(SplitRows, DependsOnTheSeedAlone) {
  EXPECT_EQ(split_rows(100, 0.3, 5, {}).valid, split_rows(100, 0.3, 5, {}).valid);
  EXPECT_NE(split_rows(100, 0.3, 5, {}).valid, split_rows(100, 0.3, 6, {}).valid);
  EXPECT_EQ(split_rows(2, 0.001, 5, {}).valid.size(), 1u) << "each part keeps a row";
  EXPECT_EQ(split_rows(2, 0.999, 5, {}).train.size(), 1u);
  EXPECT_EQ(split_rows(7, 0.5, 5, {0, 1, 2, 3, 4, 5, 6}).valid.size(), 4u) << "largest remainders of seven classes";
  // Fixed, so that a model's fingerprint does not change from release to release.
  EXPECT_EQ(split_rows(20, 0.25, 1, {}).valid, (std::vector<int64_t>{2, 5, 8, 11, 19}));
}

TEST(SplitRows, RefusesImpossibleFractions) {
  for (const double fraction : {0.0, 1.0, -0.5, std::nan("")}) EXPECT_THROW(split_rows(10, fraction, 1, {}), Error);
  try {
    split_rows(10, 1, 1, {});
    FAIL() << "1 leaves nothing to train on";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "the fraction for validation is 1, expected more than 0 and less than 1");
  }
  EXPECT_THROW(split_rows(1, 0.5, 1, {}), Error);
  EXPECT_THROW(split_rows(3, 0.5, 1, {0, 1}), Error);
}

TEST(Split, TakesTheRowsOfEveryBlock) {
  Dataset data;
  data.rows = 10;
  Block numeric{"numeric", 2, std::vector<float>(20)}, bytes{"x", 1, std::vector<uint8_t>(10)};
  for (int i = 0; i < 10; ++i) {
    std::get<std::vector<float>>(numeric.values)[2 * static_cast<size_t>(i) + 1] = static_cast<float>(i);
    std::get<std::vector<uint8_t>>(bytes.values)[static_cast<size_t>(i)] = static_cast<uint8_t>(i);
  }
  data.inputs = {numeric, bytes};
  data.target = {"target", 1, std::vector<float>{0, 1, 0, 1, 0, 1, 0, 1, 0, 1}};
  const Split parts = split(data, 0.4, 3, true);
  EXPECT_EQ(parts.valid.rows, 4);
  EXPECT_EQ(parts.train.rows, 6);
  float ones = 0;
  for (int64_t r = 0; r < 4; ++r) {
    EXPECT_EQ(parts.valid.inputs[0].at(r, 1), parts.valid.inputs[1].at(r, 0));
    EXPECT_EQ(static_cast<int>(parts.valid.inputs[0].at(r, 1)) % 2, static_cast<int>(parts.valid.target.at(r, 0)));
    ones += parts.valid.target.at(r, 0);
  }
  EXPECT_EQ(ones, 2);
  EXPECT_TRUE(parts.valid.weight.empty());
  EXPECT_THROW(take(data, {10}), Error);
}

}  // namespace
}  // namespace retrograd
