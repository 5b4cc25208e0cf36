// One command, one fingerprint: again, on any number of threads, with each SIMD target, and from config.toml.
#include "inputs.hpp"
#include "math/simd.hpp"
#include "program.hpp"

namespace retrograd::cli_test {
namespace {

using Words = std::vector<std::string>;

class Determinism : public Cli {
 protected:
  Determinism() { write("t.csv", table_csv()); }

  void same(Words words) const {
    SCOPED_TRACE(testing::PrintToString(words));
    for (const char* word : {"--epochs", "3"}) words.emplace_back(word);
    const auto with = [&](const Words& more) {
      Words all = words;
      all.insert(all.end(), more.begin(), more.end());
      return all;
    };
    const std::string first = fingerprint(words, "a");
    EXPECT_EQ(first.size(), 32u);
    EXPECT_EQ(fingerprint({"--config", "a/config.toml"}, "b"), first) << "from config.toml";
    EXPECT_EQ(read("a/model.onnx").size(), read("b/model.onnx").size());
    for (const char* threads : {"1", "2", "3"})
      EXPECT_EQ(fingerprint(with({"--threads", threads}), "b"), first) << threads;
    for (const std::string& simd : simd_targets()) {
      EXPECT_EQ(fingerprint(with({"--threads", "2"}), "b", {.environment = {{"RETROGRAD_SIMD", simd}}}), first) << simd;
      EXPECT_EQ(fingerprint(with({"--simd", simd}), "b"), first) << simd;
    }
  }
};

TEST_F(Determinism, Defaults) { same({"t.csv", "--target", "label"}); }

TEST_F(Determinism, Optimizers) {
  for (const char* name : {"sgd", "momentum", "nesterov", "rmsprop", "adam:beta1=0.8", "adamw"})
    same({"t.csv", "--target", "label", "--hidden", "33,17", "--lr", "0.01", "--optimizer", name, "--batch", "64"});
}

TEST_F(Determinism, MethodsOfTheFullBatch) {
  same({"t.csv", "--target", "label", "--hidden", "33,17", "--optimizer", "lbfgs:memory=2", "--l2", "0.001"});
  same({"t.csv", "--target", "price", "--hidden", "7", "--optimizer", "lm"});
}

TEST_F(Determinism, Schedules) {
  for (const char* name :
       {"constant", "step:every=1,gamma=0.5", "exponential", "cosine:warmup_epochs=1", "one_cycle", "plateau"})
    same({"t.csv", "--target", "label", "--hidden", "24", "--schedule", name, "--batch", "50"});
}

TEST_F(Determinism, NormalisationDropoutAndPenalties) {
  same({"t.csv", "--target", "label", "--normalise", "batch_norm", "--activation", "silu", "--batch", "96"});
  same({"t.csv", "--target", "label", "--normalise", "layer_norm", "--activation", "mish", "--dropout", "0.5",
        "--batch", "full"});
  same({"t.csv",      "--target", "label",       "--l1", "0.001",         "--l2",      "0.001",
        "--max-norm", "1",        "--clip-norm", "0.5",  "--clip-value",  "0.1",       "--balanced",
        "--weight",   "weight",   "--smoothing", "0.1",  "--initializer", "orthogonal"});
}

TEST_F(Determinism, Tasks) {
  same({"t.csv", "--target", "price", "--activation", "gelu", "--batch", "70"});
  same({"t.csv", "--target", "price", "--target", "score", "--loss", "huber", "--reduction", "sum", "--lr", "0.0001"});
  same({"t.csv", "--target", "tall", "--target", "rich", "--valid-fraction", "0.3", "--metric", "macro_f1"});
  same({"t.csv", "--target", "label", "--hidden", "none"});
  same({"t.csv", "--target", "label", "--precision", "float64", "--hidden", "9", "--valid-fraction", "0"});
}

TEST_F(Determinism, Shards) {
  same({"t.csv", "--target", "label", "--normalise", "batch_norm", "--dropout", "0.2", "--batch", "96", "--shards", "4",
        "--clip-norm", "0.5"});
}

TEST_F(Determinism, Images) {
  const Images a = images(170);
  write("x", idx({170, 6, 5}, a.pixels));
  write("y", idx({170}, a.labels));
  same({"idx:x,y", "--hidden", "40", "--batch", "33"});
}

TEST_F(Determinism, TheSeedMatters) {
  const Words words = {"t.csv", "--target", "label", "--hidden", "8", "--epochs", "1"};
  Words other = words;
  other.insert(other.end(), {"--seed", "2"});
  EXPECT_NE(fingerprint(words, "a"), fingerprint(other, "b"));
}

}  // namespace
}  // namespace retrograd::cli_test
