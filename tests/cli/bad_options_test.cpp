// Command lines that cannot be meant, and places that cannot be written.
#include <unistd.h>

#include <filesystem>

#include "inputs.hpp"
#include "program.hpp"

namespace retrograd::cli_test {
namespace {

using Words = std::vector<std::string>;

class BadOptions : public Cli {
 protected:
  BadOptions() { write("t.csv", table_csv()); }
  void refuses_option(const std::string& flag, const std::string& value, const Words& parts) const {
    refuses({"train", "t.csv", "--target", "label", "--out", "run", flag, value}, parts);
  }
};

TEST_F(BadOptions, NumbersOutOfRange) {
  refuses_option("--batch", "0", {"--batch is '0'", "at least 1", "full or auto"});
  refuses_option("--batch", "1e3", {"--batch is '1e3'", "whole number"});
  refuses_option("--dropout", "1", {"--dropout is '1'", "at least 0 and below 1"});
  refuses_option("--dropout", "-0.1", {"--dropout is '-0.1'"});
  refuses_option("--hidden", "0", {"--hidden", "'0'", "from 1 to"});
  refuses_option("--hidden", "16,,8", {"--hidden", "''"});
  refuses_option("--hidden", "12abc", {"--hidden", "'12abc'"});
  refuses_option("--hidden", "8,auto", {"--hidden", "'auto' stands alone"});
  refuses_option("--epochs", "0", {"--epochs is '0'", "from 1"});
  refuses_option("--patience", "-1", {"--patience is '-1'", "from 0"});
  refuses_option("--seed", "-1", {"--seed is '-1'", "at least 0"});
  refuses_option("--seed", "18446744073709551616", {"--seed is '18446744073709551616'", "2^63"});
  refuses_option("--threads", "0", {"--threads is '0'", "from 1 to 1024", "auto"});
  refuses_option("--valid-fraction", "1", {"--valid-fraction is '1'", "below 1"});
  refuses_option("--smoothing", "-0.1", {"--smoothing is '-0.1'"});
  for (const char* flag : {"--lr", "--weight-decay", "--l1", "--l2", "--max-norm", "--clip-norm", "--clip-value"})
    for (const char* value : {"-1", "nan", "inf", "1e999", "0x10", "", "1,5", "abc"})
      refuses_option(flag, value, {flag, value});
  refuses_option("--lr", "0", {"--lr is '0'", "above 0"});
}

TEST_F(BadOptions, UnknownNamesListTheKnownOnes) {
  refuses_option("--activation", "rleu", {"'rleu'", "leaky_relu", "gelu", "did you mean relu?"});
  refuses_option("--activation", "dropout", {"'dropout'", "tanh"});
  refuses_option("--activation", "softmax", {"--activation", "'softmax'", "sum of 1", "behind the outputs", "tanh"});
  refuses_option("--optimizer", "adm", {"'adm'", "nesterov", "did you mean adam?"});
  refuses_option("--optimizer", "adam:beta1=2", {"beta1 = 2", "0.999"});
  refuses_option("--optimizer", "adam:momentum=1", {"'momentum'", "beta1, beta2, epsilon"});
  refuses_option("--schedule", "cos", {"'cos'", "one_cycle", "did you mean cosine?"});
  refuses_option("--schedule", "step:every=0", {"every = 0"});
  refuses_option("--metric", "acc", {"'acc'", "macro_f1", "did you mean accuracy?"});
  refuses_option("--metric", "rmse", {"'rmse'", "classification", "accuracy"});
  refuses_option("--loss", "mse", {"'mse'", "squared", "huber"});
  refuses_option("--loss", "squared", {"'squared'", "classification", "softmax_xent"});
  refuses_option("--initializer", "hee_normal", {"'hee_normal'", "orthogonal", "did you mean he_normal?"});
  refuses_option("--embedding", "priodic", {"'priodic'", "none, periodic, plr", "did you mean periodic?"});
  refuses_option("--embedding", "periodic:sigma=0", {"sigma = 0", "0.001"});
  refuses_option("--embedding", "plr:scale=1", {"'scale'", "sigma"});
  refuses_option("--embedding", "none:sigma=1", {"none has no waves", "'sigma'"});
  refuses_option("--normalise", "group_norm", {"'group_norm'", "layer_norm"});
  refuses_option("--task", "cluster", {"'cluster'", "multilabel"});
  refuses_option("--precision", "float16", {"'float16'", "float64"});
  refuses_option("--reduction", "max", {"'max'", "mean, sum"});
  refuses_option("--simd", "sse2", {"'sse2'", "avx2"});
  refuses_option("--type", "age", {"'age'", "NAME=numeric"});
  refuses_option("--type", "age=integer", {"'integer'", "categorical"});
  refuses_option("--separator", "ab", {"'ab'", "tab"});
  refuses_option("--decimal", ";", {"';'", ". or ,"});
  refuses_option("--target", "", {"--target is empty"});
  refuses({"train", "t.csv", "--target", "label", "--out", "run"}, {"RETROGRAD_SIMD", "\"neon\"", "avx2"},
          {.environment = {{"RETROGRAD_SIMD", "neon"}}});
}

TEST_F(BadOptions, UnknownOptionsAndVerbs) {
  refuses({"train", "t.csv", "--hiden", "3"}, {"no option --hiden", "did you mean --hidden?"});
  refuses({"train", "t.csv", "--targett=y"}, {"no option --targett", "did you mean --target?"});
  refuses({"train", "t.csv", "u.csv", "--target", "y"}, {"unexpected argument 'u.csv'"});
  const Finished no_value = run({"train", "t.csv", "--epochs"});
  EXPECT_EQ(no_value.code, 1);
  EXPECT_NE(no_value.err.find("--epochs needs a value"), std::string::npos) << no_value.err;
  refuses({"evaluate", "--jsn", "run", "t.csv"}, {"no option --jsn", "did you mean --json?"});
  refuses({"evaluate"}, {"needs MODEL"});
  refuses({"evaluate", "run"}, {"needs DATA"});
  refuses({"evalute", "run", "t.csv"}, {"no verb 'evalute'", "did you mean evaluate?"});
  refuses({"frobnicate"}, {"no verb 'frobnicate'", "train, evaluate, predict"});
  refuses({"--frob"}, {"no option --frob"});
  refuses({"completion", "tcsh"}, {"'tcsh'", "bash, zsh, fish"});
  refuses({"manual", "evalute"}, {"no verb 'evalute'", "did you mean evaluate?"});
  refuses({"explain", "run", "t.csv", "--row", "1", "--format", "pdf"}, {"--format is 'pdf'", "html, latex"});
  refuses({"gradcheck", "run", "t.csv", "--rows", "0"}, {"--rows is '0'", "from 1"});
  refuses({"gradcheck", "run", "t.csv", "--per-tensor", "0"}, {"--per-tensor is '0'", "from 1"});
  refuses({"gradcheck", "run", "t.csv", "--rows", "many"}, {"--rows is 'many'"});
  refuses({"predict", "run", "t.csv", "--threads", "two"}, {"--threads is 'two'"});
  refuses({"show", "t.csv", "--program"}, {"--program needs a model"});
  const Finished nothing = run({});
  EXPECT_EQ(nothing.code, 1);
  EXPECT_NE(nothing.err.find("Usage: retrograd"), std::string::npos);
}

TEST_F(BadOptions, OfAnOptionGivenTwiceTheLastCounts) {
  const std::string once = fingerprint({"t.csv", "--target", "label", "--epochs", "2", "--hidden", "8"}, "a");
  EXPECT_EQ(
      fingerprint({"t.csv", "--target", "label", "--epochs", "9", "--epochs", "2", "--hidden", "64", "--hidden", "8"},
                  "b"),
      once);
}

TEST_F(BadOptions, ProbabilitiesOfARegression) {
  must({"train", "t.csv", "--target", "price", "--epochs", "1", "--quiet", "--out", "run"});
  refuses({"predict", "run", "t.csv", "--proba"}, {"--proba", "classifier"});
  refuses({"show", "run", "--target", "price"}, {"--target", "is a model"});
}

TEST_F(BadOptions, FoldersThatCannotBeWritten) {
  write("file", "x");
  // A source that does not exist shows that the folder is checked before the data are read.
  refuses({"train", "nowhere.csv", "--target", "y", "--out", "file"}, {"--out file", "name a folder"});
  refuses({"train", "nowhere.csv", "--target", "y", "--out", "file/run"}, {"--out file/run", "cannot make the folder"});
  refuses({"train", "nowhere.csv", "--target", "y", "--out", "/proc/run"}, {"--out /proc/run"});
  refuses({"train", "nowhere.csv", "--target", "y", "--out", ""}, {"--out is empty"});
  refuses({"train", "nowhere.csv", "--target", "y", "--out", "a/b/c"}, {"nowhere.csv"});
  if (geteuid() != 0) {
    std::filesystem::create_directory(path("locked"));
    std::filesystem::permissions(path("locked"),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    refuses({"train", "nowhere.csv", "--target", "y", "--out", "locked"}, {"--out locked", "cannot write"});
  }
  std::filesystem::create_directories(path("taken/model.onnx"));
  refuses({"train", "nowhere.csv", "--target", "y", "--out", "taken"}, {"--out taken", "model.onnx is a folder"});
}

class Full : public BadOptions {
 protected:
  /// A file may not grow beyond 20 kB: what a full disk does, at a place that the test chooses.
  const ChildOptions limit_{.file_size_limit = 20000};
};

TEST_F(Full, ANewRunLeavesItsHistoryAndNoModel) {
  const Finished f = run({"train", "t.csv", "--target", "label", "--epochs", "1", "--out", "a/run"}, limit_);
  EXPECT_EQ(f.code, 1);
  for (const char* part : {"model.onnx", "File too large"}) EXPECT_NE(f.err.find(part), std::string::npos) << f.err;
  EXPECT_TRUE(exists("a/run/history.csv"));
  for (const char* name : {"model.onnx", "config.toml"}) EXPECT_FALSE(exists(std::string("a/run/") + name)) << name;
}

TEST_F(Full, AnEarlierRunIsUnchanged) {
  must({"train", "t.csv", "--target", "label", "--epochs", "1", "--quiet", "--out", "run"});
  const std::string model = read("run/model.onnx"), config = read("run/config.toml"), history = read("run/history.csv");
  refuses({"train", "t.csv", "--target", "label", "--epochs", "2", "--out", "run"}, {"model.onnx", "File too large"},
          limit_);
  std::filesystem::remove_all(path("run/failed"));  // what the second run leaves
  EXPECT_EQ(list("run"), kRunFiles);
  EXPECT_EQ(read("run/model.onnx"), model);
  EXPECT_EQ(read("run/config.toml"), config);
  EXPECT_EQ(read("run/history.csv"), history);
}

TEST_F(Full, PredictionsAreWholeOrNotThere) {
  write("many.csv", table_csv(4000));
  must({"train", "t.csv", "--target", "label", "--epochs", "1", "--quiet", "--out", "run"});
  refuses({"predict", "run", "many.csv", "--proba", "--out", "p.csv"}, {"p.csv", "File too large"}, limit_);
  write("p.csv", "before");
  refuses({"predict", "run", "many.csv", "--proba", "--out", "p.csv"}, {"p.csv", "unchanged"}, limit_);
  EXPECT_EQ(read("p.csv"), "before");
  refuses({"predict", "run", "t.csv", "--out", "nowhere/p.csv"}, {"nowhere/p.csv", "No such file"});
  refuses({"predict", "run", "t.csv", "--out", "run"}, {"run", "directory"});
}

TEST_F(Full, StandardOutput) {
  must({"train", "t.csv", "--target", "label", "--epochs", "1", "--quiet", "--out", "run"});
  for (const Words& words : {Words{"predict", "run", "t.csv"}, Words{"evaluate", "run", "t.csv", "--json"},
                             Words{"show", "run"}, Words{"completion"}, Words{"--help"}})
    refuses(words, {"standard output"}, {.stdout_to = "/dev/full"});
}

}  // namespace
}  // namespace retrograd::cli_test
