// Data that cannot be used: exit code 1, a message with place, finding and remedy, and nothing left behind.
#include "inputs.hpp"
#include "program.hpp"

namespace retrograd::cli_test {
namespace {

using Words = std::vector<std::string>;

class BadData : public Cli {
 protected:
  /// Training on `csv`, whose target is y, is refused with a message of these parts.
  void refuses_csv(const std::string& csv, const Words& parts, const Words& more = {}) const {
    write("d.csv", csv);
    Words words = {"train", "d.csv", "--target", "y", "--out", "run", "--epochs", "1"};
    words.insert(words.end(), more.begin(), more.end());
    refuses(words, parts);
  }
  void refuses_source(const std::string& source, const Words& parts) const {
    refuses({"train", source, "--out", "run", "--epochs", "1"}, parts);
  }
};

std::string numbers(int rows, const std::string& more = "") {
  std::string csv = "a,y\n";
  for (int i = 0; i < rows; ++i) csv += std::to_string(i) + ".5," + (i % 2 ? "p" : "q") + "\n";
  return csv + more;
}

TEST_F(BadData, MissingFile) {
  refuses({"train", "nowhere.csv", "--target", "y", "--out", "run"}, {"nowhere.csv", "No such file"});
  write("t.csv", table_csv());
  for (const char* flag : {"--valid", "--test"})
    refuses({"train", "t.csv", "--target", "label", flag, "nowhere.csv", "--out", "run"},
            {"nowhere.csv", "No such file"});
}

TEST_F(BadData, EmptyFile) { refuses_csv("", {"d.csv", "empty"}); }

TEST_F(BadData, OnlyBlankLines) { refuses_csv("\n\n\n", {"d.csv", "empty"}); }

TEST_F(BadData, FolderForFile) {
  refuses({"train", "/", "--target", "y", "--out", "run"}, {"/", "directory"});
  write("m/train-images-idx3-ubyte", "x");
  refuses_source("m", {"m is a folder of IDX files", "idx:m"});
}

TEST_F(BadData, HeaderOnly) { refuses_csv("a,b,y\n", {"d.csv", "header", "no rows"}); }

TEST_F(BadData, RaggedRows) { refuses_csv("a,b,y\n1,2,p\n3,4\n5,6,q\n", {"d.csv, line 3", "2 fields", "expected 3"}); }

TEST_F(BadData, UnclosedQuote) { refuses_csv("a,y\n\"1,p\n2,q\n", {"d.csv, line 2", "quoted field"}); }

TEST_F(BadData, TwoColumnsOfOneName) { refuses_csv("a,a,y\n1,2,p\n", {"d.csv", "'a'", "rename"}); }

TEST_F(BadData, TextInANumericColumn) {
  refuses_csv(numbers(50, "oops,p\n"), {"d.csv, line 52, column 'a'", "'oops' is not a number", "missing value"});
  refuses_csv(numbers(50, "oops,p\n"), {"line 52", "'oops'", "declared numeric"}, {"--type", "a=numeric"});
}

TEST_F(BadData, UnknownColumns) {
  write("t.csv", table_csv());
  refuses({"train", "t.csv", "--target", "lable", "--out", "run"}, {"no column 'lable'", "'label'", "'price'"});
  refuses({"train", "t.csv", "--target", "label", "--ignore", "zzz", "--out", "run"}, {"no column 'zzz'", "'price'"});
  refuses({"train", "t.csv", "--target", "label", "--weight", "zzz", "--out", "run"}, {"no column 'zzz'", "'price'"});
  refuses({"train", "t.csv", "--target", "label", "--type", "zzz=numeric", "--out", "run"}, {"no column 'zzz'"});
}

TEST_F(BadData, NoTarget) {
  write("t.csv", table_csv());
  refuses({"train", "t.csv", "--out", "run"}, {"t.csv", "--target", "'age'", "'city'", "'label'"});
  refuses({"train", "--target", "y", "--out", "run"}, {"no training data", "retrograd train table.csv"});
}

TEST_F(BadData, TargetAllMissing) { refuses_csv("a,y\n1,\n2,NA\n3,\n", {"target 'y'", "no value"}); }

TEST_F(BadData, TargetOfASingleClass) {
  refuses_csv("a,y\n1,cat\n2,cat\n3,cat\n", {"target 'y'", "single value", "'cat'", "3 rows"});
}

TEST_F(BadData, TargetOfTheWrongKind) {
  refuses_csv(numbers(30), {"line 2, column 'y'", "'q' is not a number", "regression"}, {"--task", "regression"});
}

TEST_F(BadData, InfiniteValues) {
  refuses_csv(numbers(20, "inf,p\n"), {"line 22, column 'a'", "infinite"});
  refuses_csv(numbers(20, "1e300,p\n"), {"line 22, column 'a'", "'1e300'", "32-bit"});
}

TEST_F(BadData, BadWeights) {
  write("w.csv", "a,w,y\n1,1,p\n2,-1,q\n3,1,p\n");
  refuses({"train", "w.csv", "--target", "y", "--weight", "w", "--out", "run"}, {"line 3", "'w'", "-1"});
}

TEST_F(BadData, TruncatedOrCorruptGzip) {
  const std::string good = gzip(table_csv());
  write("t.csv.gz", good.substr(0, good.size() / 2));
  refuses({"train", "t.csv.gz", "--target", "label", "--out", "run"}, {"t.csv.gz", "truncated"});
  std::string bad = good;
  for (size_t k = bad.size() / 2; k < bad.size() / 2 + 8; ++k) bad[k] = static_cast<char>(~bad[k]);
  write("t.csv.gz", bad);
  refuses({"train", "t.csv.gz", "--target", "label", "--out", "run"}, {"t.csv.gz", "corrupt"});
}

TEST_F(BadData, IdxFiles) {
  const Images all = images(50);
  const std::string pixels = idx({50, 6, 5}, all.pixels), labels = idx({50}, all.labels);
  write("x", pixels);
  write("y", labels);
  write("magic", "\x01\x02" + pixels.substr(2));
  write("short", pixels.substr(0, pixels.size() - 7));
  write("few", idx({30}, all.labels.substr(0, 30)));
  write("vast", idx({0xFFFFFFFFu, 0xFFFFFFFFu, 0xFFFFFFFFu}, all.pixels));
  write("large", idx({0x7FFFFFFFu, 1000, 1000}, all.pixels));
  refuses_source("idx:magic,y", {"magic", "not an IDX file"});
  refuses_source("idx:short,y", {"short", "truncated"});
  refuses_source("idx:x,few", {"50 rows", "30", "agree"});
  refuses_source("idx:vast,y", {"vast", "impossible"});
  refuses_source("idx:large,y", {"large"});
  refuses_source("idx:y,x", {"labels must have 1 dimension"});
  refuses_source("idx:x", {"idx:IMAGES,LABELS"});
  write("empty/readme", "");
  refuses_source("idx:empty", {"empty", "train-images-idx3-ubyte"});
  refuses_source("x-ubyte", {"write idx:"});
  refuses({"train", "idx:x,y", "--target", "y", "--out", "run"}, {"target column is for tables"});
}

TEST_F(BadData, NumPyFiles) {
  const std::vector<float> x(40, 1.5f);
  const std::vector<int64_t> y(10, 1);
  write("x.npy", npy("<f4", {10, 4}, raw(x)));
  write("y.npy", npy("<i8", {10}, raw(y)));
  write("complex.npy", npy("<c8", {10, 2}, raw(x)));
  write("text.npy", npy("<U1", {10}, std::string(40, 'a')));
  write("scalar.npy", npy("<f4", {}, raw(std::vector<float>(1))));
  write("short.npy", npy("<f4", {10, 4}, raw(std::vector<float>(9))));
  write("few.npy", npy("<i8", {7}, raw(std::vector<int64_t>(7))));
  refuses_source("npy:complex.npy,y.npy", {"complex.npy", "dtype '<c8'"});
  refuses_source("npy:x.npy,text.npy", {"text.npy", "dtype '<U1'"});
  refuses_source("npy:scalar.npy,y.npy", {"scalar.npy", "shape"});
  refuses_source("npy:short.npy,y.npy", {"short.npy", "truncated"});
  refuses_source("npy:x.npy,few.npy", {"10 rows", "7", "agree"});
  refuses_source("npy:x.npy", {"npy:X.npy,Y.npy"});
  refuses_source("x.npy", {"x.npy is a NumPy array", "npy:"});
  refuses_source("npz:y.npy", {"y.npy", "zip"});
}

class BadModel : public Cli {
 protected:
  BadModel() {
    write("t.csv", table_csv());
    must({"train", "t.csv", "--target", "label", "--epochs", "1", "--quiet", "--out", "run"});
  }
  void all_refuse(const std::string& model, const std::string& data, const Words& parts) const {
    for (const char* verb : {"evaluate", "predict", "gradcheck"}) refuses({verb, model, data}, parts);
  }
};

TEST_F(BadModel, ModelsOfAnotherKindOrDamaged) {
  const std::string good = read("run/model.onnx");
  write("text.onnx", "hello");
  write("empty.onnx", "");
  write("cut.onnx", good.substr(0, good.size() / 2));
  std::string changed = good;
  changed[good.size() / 2] = static_cast<char>(changed[good.size() / 2] ^ 1);  // in the weights, which fill the file
  write("changed.onnx", changed);
  all_refuse("nowhere", "t.csv", {"nowhere", "No such file"});
  all_refuse("t.csv", "t.csv", {"t.csv", "not an ONNX model"});
  all_refuse("text.onnx", "t.csv", {"text.onnx", "not an ONNX model"});
  all_refuse("empty.onnx", "t.csv", {"empty.onnx", "empty"});
  all_refuse("cut.onnx", "t.csv", {"cut.onnx"});
  all_refuse("changed.onnx", "t.csv", {"changed.onnx", "changed or damaged", "fingerprint"});
  all_refuse(".", "t.csv", {"folder without model.onnx"});
  refuses({"show", "cut.onnx"}, {"cut.onnx"});
  refuses({"show", "."}, {"folder without model.onnx"});
}

TEST_F(BadModel, DataThatDoNotFitTheModel) {
  write("lack.csv", without_column(table_csv(), "age"));
  all_refuse("run", "lack.csv", {"lack.csv", "column 'age' is missing"});
  std::string renamed = table_csv();
  renamed.replace(renamed.find("city"), 4, "town");
  write("renamed.csv", renamed);
  all_refuse("run", "renamed.csv", {"renamed.csv", "column 'city' is missing"});
  write("x.npy", npy("<f4", {2, 2}, raw(std::vector<float>(4))));
  refuses({"predict", "run", "npy:x.npy"}, {"trained on a table"});
  write("words.csv", "age,city,member,score,price,tall,rich,weight\nold,Bern,yes,0,1,0,1,1\n");
  refuses({"predict", "run", "words.csv"}, {"words.csv, line 2, column 'age'", "'old'"});
}

TEST_F(BadModel, TargetsThatDoNotFitTheModel) {
  write("none.csv", without_column(table_csv(), "label"));
  for (const char* verb : {"evaluate", "gradcheck"})
    refuses({verb, "run", "none.csv"}, {"target column 'label' is missing"});
  std::string csv = table_csv(10);
  csv.replace(csv.find("low"), 3, "odd");
  write("class.csv", csv);
  for (const char* verb : {"evaluate", "gradcheck"})
    refuses({verb, "run", "class.csv"}, {"class.csv, line", "column 'label'", "'odd'", "'middle'"});
}

}  // namespace
}  // namespace retrograd::cli_test
