// config.toml: what it says is trained, what is wrong in it is named with its line.
#include "inputs.hpp"
#include "program.hpp"

namespace retrograd::cli_test {
namespace {

using Words = std::vector<std::string>;

class Config : public Cli {
 protected:
  Config() { write("t.csv", table_csv()); }
  void refuses_config(const std::string& text, const Words& parts) const {
    write("c.toml", text);
    refuses({"train", "--config", "c.toml", "--out", "run"}, parts);
  }
};

constexpr const char* kData = "[data]\ntrain = \"t.csv\"\ntarget = \"label\"\n";

constexpr const char* kBranches = R"(
[data]
train = "t.csv"
target = ["label"]
weight = "weight"
ignore = ["tall", "rich"]
[network]
smoothing = 0.05
[train]
epochs = 4
batch = 37
optimizer = "rmsprop"
schedule = "one_cycle"
[[layer]]
type = "linear"
name = "first"
units = 24
initializer = "orthogonal"
[[layer]]
type = "batch_norm"
[[layer]]
type = "gelu"
name = "g"
[[layer]]
type = "dropout"
rate = 0.25
[[layer]]
type = "linear"
units = 24
[[layer]]
type = "leaky_relu"
name = "deep"
alpha = 0.07
[[layer]]
type = "add"
name = "sum"
inputs = ["g", "deep"]
[[layer]]
type = "concat"
inputs = ["sum", "x"]
[[layer]]
type = "linear"
units = 8
initializer = "normal"
initializer_argument = 0.1
[[layer]]
type = "layer_norm"
[[layer]]
type = "mish"
)";

TEST_F(Config, WhatAPresetChoseIsTold) {
  const std::string log = must({"train", "t.csv", "--target", "label", "--preset", "table", "--epochs", "2", "--lr",
                                "0.03", "--batch", "256", "--no-report", "--out", "run"})
                              .out;
  EXPECT_NE(
      log.find(
          "hidden layers 256, 256, 256 (selu), learning rate 0.03, batch 256, epochs 2: the preset's, or as given\n"),
      std::string::npos)
      << log;
}

TEST_F(Config, BranchesSurviveTheRoundTrip) {
  write("c.toml", kBranches);
  const std::string first = fingerprint({"--config", "c.toml"}, "a");
  EXPECT_EQ(fingerprint({"--config", "a/config.toml"}, "b"), first);
  EXPECT_EQ(fingerprint({"--config", "b"}, "c"), first) << "a run's folder names its config.toml";
  EXPECT_EQ(read("c/config.toml"), read("a/config.toml"));
  const std::string shown = must({"show", "a"}).out;
  for (const char* part : {"batch_norm", "gelu", "dropout", "leaky_relu", "sum", "concat", "layer_norm", "mish"})
    EXPECT_NE(shown.find(part), std::string::npos) << part;
}

TEST_F(Config, WhatAPresetChoseSurvivesTheRoundTrip) {
  for (const char* preset : {"plain", "table", "tabm", "realmlp", "fast"}) {
    const std::string first = fingerprint({"t.csv", "--target", "label", "--preset", preset, "--epochs", "1"}, "a");
    EXPECT_EQ(fingerprint({"--config", "a"}, "b"), first) << preset;
    EXPECT_EQ(read("b/config.toml"), read("a/config.toml")) << preset;
  }
}

TEST_F(Config, FlagsWinOverTheFile) {
  const std::string one = fingerprint({"t.csv", "--target", "label", "--epochs", "2", "--hidden", "8"}, "a");
  EXPECT_EQ(fingerprint({"t.csv", "--target", "label", "--epochs", "2", "--hidden", "8", "--seed", "2"}, "b"),
            fingerprint({"--config", "a", "--seed", "2"}, "c"));
  EXPECT_EQ(fingerprint({"t.csv", "--target", "label", "--epochs", "2", "--hidden", "8", "--activation", "tanh"}, "b"),
            fingerprint({"--config", "a", "--activation", "tanh"}, "c"));
  EXPECT_NE(fingerprint({"--config", "a", "--seed", "2"}, "c"), one);
}

TEST_F(Config, FlagsThatLayersWouldHideAreRefused) {
  write("c.toml", kBranches);
  for (const char* flag : {"--activation", "--normalise", "--dropout", "--initializer"}) {
    const std::string value = flag == std::string("--activation")  ? "tanh"
                              : flag == std::string("--normalise") ? "batch_norm"
                              : flag == std::string("--dropout")   ? "0.1"
                                                                   : "he_normal";
    refuses({"train", "--config", "c.toml", flag, value, "--out", "run"}, {flag, "no effect", "--hidden"});
  }
  fingerprint({"--config", "c.toml", "--hidden", "8", "--activation", "tanh"}, "a");
  EXPECT_EQ(read("a/config.toml").find("[[layer]]"), std::string::npos);
}

TEST_F(Config, AwkwardNamesSurviveTheRoundTrip) {
  std::string csv = "\"a \"\"b\"\" \\ c\",\"d,e\",\"new\nline\",täb\tx\n";
  for (int i = 0; i < 60; ++i)
    csv += std::to_string(i) + "," + std::to_string(i * i % 7) + "," + std::to_string(i % 5) + "," +
           std::to_string(i % 3) + "\n";
  write("odd.csv", csv);
  const Words words = {"odd.csv",  "--target", "new\nline", "--ignore", "a \"b\" \\ c", "--type", "d,e=categorical",
                       "--epochs", "2",        "--missing", "",         "--missing",    "'\"\\"};
  const std::string first = fingerprint(words, "a");
  EXPECT_EQ(fingerprint({"--config", "a"}, "b"), first);
}

TEST_F(Config, CharactersThatTomlHasNoPlaceForAreNamed) {
  const std::string heart = "\u2764\uFE0F", letter = "\uFDB4";
  refuses_config("\uFEFF[train] # " + heart + "\n  e\t" + letter + " = 1\n", {"c.toml:2:5: ", "saw '?'"});
  refuses_config("[network]\ngröße = 1\n", {"c.toml:2:3: ", "saw '?' (a character that is not ASCII"});
  refuses_config("a = \"\"\"\\\\\\" + letter, {"c.toml:1:11: ", "escape"});
  refuses_config("a = 0s'''" + letter + "'''", {"c.toml:1:6: "});
  refuses_config("a = \"\"\"\"x\"\"\"\" " + letter, {"c.toml:1:15: ", "saw '?'"});
  refuses_config("a = \"\"\"x\\\n  " + letter + "\"\"\"", {"c.toml:2: ", "ends in a backslash"});
  refuses_config("[train]\nlr = \"\"\"" + letter + "\\\\\n" + letter + "\"\"\"",
                 {"c.toml:2: [train] lr is '" + letter});
  refuses_config("[train]\nlr = \"" + heart + "\\\" " + letter + "\" # " + letter,
                 {"c.toml:2: [train] lr is '" + heart});
  refuses_config("[train]\nlr = \"\"\"\n" + heart + " \\\n  x\"\"\"", {"c.toml:2: [train] lr is '" + heart});
  refuses_config("[train]\nlr = '''" + heart + "'''", {"c.toml:2: [train] lr is '" + heart});
}

TEST_F(Config, MistakesAreNamedWithTheirLine) {
  refuses({"train", "--config", "nowhere.toml", "--out", "run"}, {"nowhere.toml", "No such file"});
  refuses({"train", "--config", ".", "--out", "run"}, {"folder without config.toml"});
  refuses({"train", "--config", "t.csv", "--out", "run"}, {"t.csv:1:"});
  refuses_config("[data\n", {"c.toml:1:6"});
  refuses_config("epochs = 3\n", {"c.toml:1", "no section 'epochs'", "[train]"});
  refuses_config("[trian]\nepochs = 3\n", {"c.toml:1", "no section 'trian'"});
  refuses_config("train = 3\n", {"c.toml:1", "[train]"});
  refuses_config(std::string(kData) + "[train]\nepochss = 3\n", {"c.toml:5", "epochss", "did you mean epochs?"});
  refuses_config("[train]\nlr = -1\n", {"c.toml:2: [train] lr is '-1'", "above 0"});
  refuses_config("[train]\nlr = nan\n", {"c.toml:2: [train] lr is 'nan'"});
  refuses_config("[train]\nepochs = \"many\"\n", {"c.toml:2: [train] epochs is 'many'"});
  refuses_config("[train]\nepochs = 2.5\n", {"c.toml:2: [train] epochs is '2.5'", "whole number"});
  refuses_config("[train]\nepochs = [1, 2]\n", {"c.toml:2", "one value"});
  refuses_config("[train]\nlr = {a = 1}\n", {"c.toml:2", "a number"});
  refuses_config("[train]\nbalanced = \"yes\"\n", {"c.toml:2", "'yes'", "true or false"});
  refuses_config("[train]\noptimizer = \"adm\"\n", {"c.toml:2", "'adm'", "did you mean adam?"});
  refuses_config("[network]\nhidden = []\n", {"c.toml:2", "hidden", "none"});
  refuses_config("[network]\nhidden = [8, 2.5]\n", {"c.toml:2", "'2.5'"});
}

TEST_F(Config, MistakesInLayers) {
  refuses_config("[network]\nhidden = [8]\n[[layer]]\ntype = \"relu\"\n", {"c.toml:2", "[[layer]]", "leave out"});
  refuses_config("[layer]\ntype = \"relu\"\n", {"c.toml:1", "[[layer]]"});
  refuses_config("\n[[layer]]\nunits = 3\n", {"c.toml:2", "no type"});
  refuses_config("[[layer]]\ntype = \"linear\"\n", {"c.toml:1", "no units"});
  refuses_config("[[layer]]\ntype = \"linear\"\nunits = 0\n", {"c.toml:3", "units", "from 1"});
  refuses_config("[[layer]]\ntype = \"linaer\"\nunits = 3\n", {"c.toml:2", "'linaer'", "did you mean linear?"});
  refuses_config("[[layer]]\ntype = \"softmax_xent\"\n", {"c.toml:2", "'softmax_xent'"});
  refuses_config("[[layer]]\ntype = \"dropout\"\nrate = 1\n", {"c.toml:3", "rate is 1", "0.999"});
  refuses_config("[[layer]]\ntype = \"dropout\"\nrat = 0.1\n", {"c.toml:3", "rat", "did you mean rate?"});
  refuses_config("[[layer]]\ntype = \"linear\"\nunits = 3\ninitializer = \"foo\"\n",
                 {"c.toml:4", "'foo'", "he_normal"});
  refuses_config("[[layer]]\ntype = \"add\"\ninputs = \"x\"\n", {"c.toml:3", "list of layer names"});
  const std::string three = "[[layer]]\ntype = \"linear\"\nunits = 3\nname = \"q\"\n";
  refuses_config(kData + three + "[[layer]]\ntype = \"add\"\ninputs = [\"q\", \"nope\"]\n",
                 {"c.toml:8: [[layer]] 2: ", "'nope'", "not a layer"});
  refuses_config(kData + three + "[[layer]]\ntype = \"add\"\ninputs = [\"q\", \"x\"]\n",
                 {"c.toml:8: [[layer]] 2: ", "add", "[N, 3]", "the same"});
  refuses_config(kData + three + three, {"c.toml:8: [[layer]] 2: ", "'q'", "names must differ"});
  refuses_config(kData + three + "[[layer]]\ntype = \"add\"\ninputs = [\"q\", \"b\"]\n" +
                     "[[layer]]\ntype = \"relu\"\nname = \"b\"\n",
                 {"c.toml:8: [[layer]] 2: ", "cycle", "b"});
}

}  // namespace
}  // namespace retrograd::cli_test
