// Settings without an effect, and results that say nothing: said, or refused.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "inputs.hpp"
#include "program.hpp"

namespace retrograd::cli_test {
namespace {

using Words = std::vector<std::string>;

class NoEffect : public Cli {
 protected:
  NoEffect() { write("t.csv", table_csv()); }
  static Words joined(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Words start(const Words& more, const std::string& target = "label") const {
    return joined({"train", "t.csv", "--target", target, "--epochs", "1", "--no-report", "--out", "run"}, more);
  }
  /// The lines of the log that say what is not used.
  Words unused(const Words& more, const std::string& target = "label") const {
    const std::string log = must(start(more, target)).out;
    Words lines;
    for (size_t begin = 0; begin < log.size();) {
      const size_t end = std::min(log.find('\n', begin), log.size());
      const std::string line = log.substr(begin, end - begin);
      if (line.find(" is not used: ") != std::string::npos) lines.push_back(line);
      begin = end + 1;
    }
    return lines;
  }
};

TEST_F(NoEffect, SettingsOfWhatIsNotThereAreTold) {
  EXPECT_EQ(unused({"--hidden", "none", "--dropout", "0.5", "--activation", "tanh", "--normalise", "batch_norm"}),
            (Words{"warning: --activation is not used: there is no hidden layer",
                   "warning: --dropout is not used: there is no hidden layer",
                   "warning: --normalise is not used: there is no hidden layer"}));
  EXPECT_EQ(unused({"--hidden", "8", "--preset", "plain", "--dropout", "0", "--dropout-schedule", "cosine",
                    "--optimizer", "adam", "--decay-schedule", "cosine", "--augment-schedule", "cosine", "--bins-of",
                    "tied", "--concurrent-trials", "3"}),
            (Words{"warning: --dropout-schedule is not used: there is no dropout",
                   "warning: --decay-schedule is not used: there is no weight decay",
                   "warning: --augment-schedule is not used: no images are changed (--augment)",
                   "warning: --bins-of is not used: there are no bins (--bins)",
                   "warning: --concurrent-trials is not used: there is no search (--time-budget, --trials)"}));
  EXPECT_EQ(unused({"--hidden", "8", "--preset", "plain", "--rate-factor", "blend=2", "--rate-factor", "bias=2",
                    "--decay-factor", "embedding=1"}),
            (Words{"warning: --rate-factor blend is not used: the network has no such parameters",
                   "warning: --decay-factor embedding is not used: the network has no such parameters"}));
  EXPECT_EQ(unused({"--hidden", "8", "--valid-fraction", "0", "--patience", "3", "--metric", "auc"}),
            (Words{"warning: --patience is not used: there are no validation data",
                   "warning: --metric is not used: there are no validation data"}));
  EXPECT_EQ(unused({"--hidden", "8", "--dropout", "0.1", "--dropout-schedule", "cosine", "--decay-schedule", "cosine",
                    "--bins", "4", "--bins-of", "tied", "--activation", "tanh", "--patience", "3"}),
            Words{});
}

TEST_F(NoEffect, SettingsOfAConfigurationAreToldOfUnlessARunWroteIt) {
  const auto warnings = [&](const Words& command) {
    const std::string log = must(command).out;
    Words found;
    for (size_t at = 0; (at = log.find("warning: ", at)) != std::string::npos; ++at)
      found.push_back(log.substr(at, log.find('\n', at) - at));
    return found;
  };
  write(
      "hand.toml",
      "[data]\ntrain = \"t.csv\"\ntarget = \"label\"\nseparator = \"auto\"\n[network]\nhidden = 8\nbins_of = \"tied\"\n"
      "dropout = 0\n[train]\nepochs = 1\noptimizer = \"momentum\"\nweight_decay = 0\ndropout_schedule = \"cosine\"\n");
  const Words expected = {"warning: dropout_schedule in [train] is not used: there is no dropout",
                          "warning: --decay-schedule is not used: there is no weight decay",
                          "warning: bins_of in [network] is not used: there are no bins (--bins)"};
  const Words hand = {"train",       "--config",         "hand.toml", "--preset", "plain",
                      "--no-report", "--decay-schedule", "cosine",    "--out",    "run"};
  EXPECT_EQ(warnings(hand), expected);
  EXPECT_EQ(warnings({"train", "--config", "run", "--no-report", "--out", "again"}), Words{});
  EXPECT_EQ(warnings({"train", "--config", "run", "--augment-schedule", "cosine", "--no-report", "--out", "more"}),
            Words{"warning: --augment-schedule is not used: no images are changed (--augment)"});
  EXPECT_EQ(warnings({"train", "--resume", "run", "--epochs", "2", "--no-report"}), Words{});

  write("from.toml", "[data]\ntrain = \"t.csv\"\n[network]\nfrom = \"run\"\nhidden = 16\n");
  refuses({"train", "--config", "from.toml", "--out", "other"},
          {"hidden in [network] and from in [network]", "those of the model; leave out hidden in [network]"});
  must({"train", "t.csv", "--from", "run", "--epochs", "1", "--no-report", "--out", "tuned"});
  EXPECT_EQ(warnings({"train", "--config", "tuned", "--no-report", "--out", "tuned2"}), Words{});
}

TEST_F(NoEffect, SettingsOfTablesAreToldWhereThereAreImages) {
  const Images some = images(60);
  write("x.npy", npy("|u1", {60, 6, 5}, some.pixels));
  write("y.npy", npy("|u1", {60}, some.labels));
  const std::string log = must({"train", "npy:x.npy,y.npy", "--epochs", "1", "--no-report", "--out", "run", "--bins",
                                "4", "--scaling", "robust", "--missing", "x", "--separator", ";", "--decimal", ","})
                              .out;
  for (const char* flag : {"--bins", "--scaling", "--missing", "--separator", "--decimal"})
    EXPECT_NE(log.find(fmt::format("warning: {} is not used: it is for tables", flag)), std::string::npos) << log;
}

TEST_F(NoEffect, WhatOnlyAnotherNetworkCanHaveIsRefused) {
  refuses(start({"--clip-outputs"}), {"clip-outputs", "for a regression", "the task is classification", "leave"});
  refuses(start({"--rate-factor", "adapter=3"}), {"'adapter'", "only members that share weights have"});
  refuses(start({"--decay-factor", "adapter=3"}), {"'adapter'", "only members that share weights have"});
  must(start({"--clip-outputs", "--hidden", "8"}, "price"));
  must(start({"--rate-factor", "adapter=3", "--members", "2", "--share-weights", "--hidden", "8"}));
}

TEST_F(NoEffect, AMistakeInAugmentNamesTheOptionOnce) {
  refuses(start({"--augment", "flip=3"}), {"error: --augment: found 'flip=3'", "flip and share=SHARE"});
}

TEST_F(NoEffect, TrainingDataAsTestDataAreWarnedOf) {
  must({"train", "t.csv", "--target", "label", "--epochs", "1", "--no-report", "--out", "run"});
  for (const char* same : {"t.csv", "./t.csv"}) {
    const std::string log = must(start({"--hidden", "8", "--test", same})).out;
    EXPECT_NE(log.find("warning: --test is the training data"), std::string::npos) << log;
  }
  write("other.csv", table_csv());
  const std::string log = must(start({"--hidden", "8", "--test", "other.csv"})).out;
  EXPECT_EQ(log.find("is the training data"), std::string::npos) << log;
}

TEST_F(NoEffect, AnAucOfOneClassIsNone) {
  write("same.csv", "age,y\n1,a\n2,a\n3,a\n");
  write("both.csv", "age,y\n1,a\n2,b\n3,a\n4,b\n5,b\n");
  must({"train", "both.csv", "--target", "y", "--epochs", "1", "--no-report", "--out", "run"});
  EXPECT_NE(must({"evaluate", "run", "same.csv"}).out.find("AUC                 -\n"), std::string::npos);
  EXPECT_EQ(must({"evaluate", "run", "both.csv"}).out.find("AUC                 -\n"), std::string::npos);
  const auto json = [&](const char* data) {
    return nlohmann::json::parse(must({"evaluate", "run", data, "--json"}).out);
  };
  EXPECT_TRUE(json("same.csv").at("auc").is_null());
  EXPECT_TRUE(json("same.csv").at("classes").at(0).at("auc").is_null());
  EXPECT_TRUE(json("both.csv").at("auc").is_number());

  must({"train", "both.csv", "--target", "y", "--epochs", "2", "--valid", "same.csv", "--out", "told"});
  const auto report = nlohmann::json::parse(read("told/report.json"));
  const auto& validation = report.at("results").at(1);
  EXPECT_EQ(validation.at("part"), "validation");
  EXPECT_TRUE(validation.at("report").at("auc").is_null());
  for (const auto& m : validation.at("metrics")) {
    const bool none = m.at("value").is_null() && !m.contains("low");
    EXPECT_EQ(none, m.at("metric") == "auc") << m;
  }
  const std::string compared = must({"compare", "told", "told"}).out;
  const size_t at = compared.find("validation auc ");
  ASSERT_NE(at, std::string::npos) << compared;
  EXPECT_NE(compared.substr(at, compared.find('\n', at) - at).find(" –"), std::string::npos) << compared;
  EXPECT_TRUE(nlohmann::json::parse(must({"compare", "told", "told", "--json"}).out).is_object());
  refuses(
      {"train", "both.csv", "--target", "y", "--epochs", "2", "--valid", "same.csv", "--metric", "auc", "--out", "x"},
      {"metric 'auc'", "all validation rows are of one class"});
}

TEST_F(NoEffect, AWrongSeparatorNamesTheRightOne) {
  write("s.csv", "a;b;y\n1;2;no\n2;3;yes\n");
  refuses({"train", "s.csv", "--target", "y", "--separator", ",", "--out", "run"},
          {"s.csv, line 1: the header is the single column 'a;b;y' with the separator ','; ';' separates it"});
}

}  // namespace
}  // namespace retrograd::cli_test
