// Several processes train one model: mpirun's fingerprints are those of one process, whatever becomes of the ranks.
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "inputs.hpp"
#include "ranks.hpp"

namespace retrograd::cli_test {
namespace {

TEST_F(Cli, ManyRanksWithoutTheModuleAreToldWhatToInstall) {
  // A program that lies alone in a folder.
  write("t.csv", table_csv());
  std::filesystem::copy(RETROGRAD_BINARY, path("alone"));
  const std::string command = "cd " + folder() + " && OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=0 " + path("alone") +
                              " train t.csv --target label > out 2> err";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  const std::string error = read("err");
  for (const char* part : {"4 ranks were started together", "no MPI module", "retrograd-mpi", "libopenmpi-dev"})
    EXPECT_NE(error.find(part), std::string::npos) << error;
  EXPECT_FALSE(exists("retrograd-run"));
}

#ifdef RETROGRAD_MPIRUN

class Ranks : public RanksCli {
 protected:
  Ranks() { write("t.csv", table_csv()); }

  std::string print_of(const std::string& file) const {
    const std::string text = read(file);
    const size_t at = text.rfind("fingerprint ");
    return at == std::string::npos ? "none in " + text + read("err") : text.substr(at + 12, 32);
  }

  /// Trains on 4 ranks until there are some checkpoints, then sends a signal to one; seconds until all have ended.
  double end_one(int rank, int signal, const Words& arguments) {
    const std::string folder = path("run/checkpoint");
    int code = -1;
    std::thread run([&] { code = mpirun(4, arguments); });
    const auto checkpoints = [&] {
      std::error_code ignored;
      return std::distance(std::filesystem::directory_iterator(folder, ignored), std::filesystem::directory_iterator());
    };
    for (int k = 0; k < 3000 && checkpoints() < 4; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::ifstream(path("rank." + std::to_string(rank))) >> victim_;
    EXPECT_EQ(kill(victim_, signal), 0);
    const auto start = std::chrono::steady_clock::now();
    run.join();
    EXPECT_NE(code, 0);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  pid_t victim_ = 0;
  const Words long_run_ = {"train",
                           "t.csv",
                           "--target",
                           "label",
                           "--normalise",
                           "batch_norm",
                           "--dropout",
                           "0.2",
                           "--batch",
                           "96",
                           "--out",
                           "run",
                           "--epochs",
                           "300",
                           "--hidden",
                           "24,12",
                           "--shards",
                           "8",
                           "--checkpoint-every",
                           "10steps",
                           "--threads",
                           "1",
                           "--no-report"};
};

struct Recipe {
  const char* name;
  Words flags;
};

class RanksOf : public Ranks, public testing::WithParamInterface<Recipe> {};

TEST_P(RanksOf, TheBitsOfOneProcess) {
  Words alone = {"t.csv", "--target", "label", "--epochs", "3", "--batch",
                 "128",   "--hidden", "24,12", "--shards", "8", "--no-report"};  // the last batch is smaller
  alone.insert(alone.end(), GetParam().flags.begin(), GetParam().flags.end());
  const std::string expected = fingerprint(alone, "one");
  Words many = {"train"};
  for (size_t i = 0; i < alone.size(); ++i)
    if (alone[i] == "--shards")
      ++i;  // 8 is the default of several ranks
    else
      many.push_back(alone[i]);
  for (const auto& [ranks, threads] : {std::pair(1, "2"), {2, "2"}, {4, "1"}, {4, "2"}, {8, "1"}}) {
    Words words = many;
    words.insert(words.end(), {"--out", "many", "--threads", threads});
    if (ranks == 1) words.insert(words.end(), {"--shards", "8"});
    ASSERT_EQ(mpirun(ranks, words), 0) << read("err");
    EXPECT_EQ(print_of("out"), expected) << ranks << " ranks of " << threads << " threads";
    EXPECT_NE(read("many/config.toml").find("shards = 8"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Recipes, RanksOf,
    testing::Values(Recipe{"sgd", {"--optimizer", "sgd"}}, Recipe{"momentum", {"--optimizer", "momentum"}},
                    Recipe{"adam", {"--optimizer", "adam"}}, Recipe{"dropout", {"--dropout", "0.2"}},
                    Recipe{"batch_norm", {"--normalise", "batch_norm"}}, Recipe{"clipping", {"--clip-norm", "0.5"}},
                    Recipe{"weights", {"--weight", "weight"}},
                    Recipe{"early_stopping", {"--epochs", "40", "--lr", "0.05", "--patience", "2"}},
                    Recipe{"members", {"--members", "3"}},
                    Recipe{"all",
                           {"--normalise", "batch_norm", "--dropout", "0.2", "--clip-norm", "1", "--patience", "2",
                            "--weight", "weight"}}),
    [](const auto& recipe) { return recipe.param.name; });

TEST_F(Ranks, TheBitsOfOneProcessFromWhereverTheRowsCome) {
  write("v.csv", table_csv(90));
  const Images pictures = images(200);
  write("i", idx({200, 6, 5}, pictures.pixels));
  write("l", idx({200}, pictures.labels));
  const Words table = {"train", "t.csv", "--target", "label", "--weight", "weight"};
  const auto with = [](Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  for (const Words& data : {with(table, {"--valid", "v.csv", "--test", "v.csv"}), with(table, {"--cache", "c"}),
                            with(table, {"--cache", "c", "--valid", "v.csv"}), Words{"train", "idx:i,l"}}) {
    const Words all = with(data, {"--epochs", "2", "--batch", "64", "--hidden", "12", "--shards", "8"});
    const std::string expected = fingerprint({all.begin() + 1, all.end()}, "one");
    for (const char* file : {"c", "c.valid"}) std::filesystem::remove(path(file));
    for (int times = 0; times < 2; ++times) {  // a cache is built, then used
      ASSERT_EQ(mpirun(2, with(all, {"--out", "many", "--threads", "1"})), 0) << read("err");
      EXPECT_EQ(print_of("out"), expected) << words(all);
    }
  }
  // Fine-tuning: rows are read by another model's rules.
  const Words tuning = {"train", "v.csv", "--from", "one", "--epochs", "2", "--shards", "8", "--batch", "64"};
  must(with(table, {"--epochs", "1", "--out", "one"}));
  const std::string expected = fingerprint({tuning.begin() + 1, tuning.end()}, "two");
  ASSERT_EQ(mpirun(2, with(tuning, {"--out", "many", "--threads", "1"})), 0) << read("err");
  EXPECT_EQ(print_of("out"), expected);
}

TEST_F(Ranks, FoldsAreTrainedWholeByOneOfThem) {
  const Words folds = {"train", "t.csv", "--target", "label", "--folds", "3", "--epochs", "3", "--hidden", "8"};
  const std::string expected = fingerprint({folds.begin() + 1, folds.end()}, "one");
  Words many = folds;
  many.insert(many.end(), {"--out", "many", "--threads", "1"});
  ASSERT_EQ(mpirun(2, many), 0) << read("err");
  EXPECT_EQ(print_of("out"), expected);
  EXPECT_EQ(read("many/out_of_fold.csv"), read("one/out_of_fold.csv"));
  many.insert(many.end(), {"--checkpoint-every", "none"});
  EXPECT_EQ(mpirun(2, many), 1);
  EXPECT_NE(read("err").find("put together from checkpoints"), std::string::npos) << read("err");
}

TEST_F(Ranks, TrialsAreTrainedWholeByOneOfThem) {
  const Words search = {"train",
                        "t.csv",
                        "--target",
                        "price",
                        "--preset",
                        "plain",
                        "--hidden",
                        "8",
                        "--epochs",
                        "4",
                        "--trials",
                        "7",
                        "--concurrent-trials",
                        "8"};
  const std::string expected = fingerprint({search.begin() + 1, search.end()}, "one");
  const auto trials_of = [this](const std::string& run) {
    std::string all;
    for (auto& trial : nlohmann::json::parse(read(run + "/report.json"))["trials"]) {
      trial.erase("seconds");
      all += trial.dump() + "\n";
    }
    return all;
  };
  for (const int ranks : {2, 4}) {
    Words many(search.begin(), search.end() - 2);  // 8 at a time is the default of several ranks
    many.insert(many.end(), {"--out", "many", "--threads", "1"});
    ASSERT_EQ(mpirun(ranks, many), 0) << read("err");
    EXPECT_EQ(print_of("out"), expected) << ranks << " ranks";
    EXPECT_EQ(trials_of("many"), trials_of("one"));
    EXPECT_FALSE(exists("many/search"));
  }
  EXPECT_EQ(fingerprint({"--config", "many"}, "again"), expected);
}

TEST_F(Ranks, MemoryFallsWithTheirNumber) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer's memory counts too";
#endif
  // 50 MB of numbers.
  constexpr int kRows = 250'000, kColumns = 50;
  std::string text;
  for (int c = 0; c < kColumns; ++c) text += "c" + std::to_string(c) + ",";
  text += "y\n";
  for (int r = 0; r < kRows; ++r) {
    for (int c = 0; c < kColumns; ++c) text += {static_cast<char>('0' + (r * 7 + c * c + r / 3) % 10), ','};
    text += r % 3 == 0 ? "0\n" : "1\n";
  }
  write("large.csv", text);
  /// The most that was resident, of each rank, in MB.
  const auto memory = [&](int ranks) {
    EXPECT_EQ(mpirun(ranks, {"train", "large.csv", "--target", "y", "--preset", "plain", "--hidden", "4", "--batch",
                             "4096", "--epochs", "1", "--threads", "1", "--no-report"}),
              0)
        << read("err");
    const std::string log = read("out"), before = "memory: at most ";
    std::istringstream rest(log.substr(log.rfind(before) + before.size()));
    std::vector<double> all;
    std::string unit;
    for (double value = 0; rest >> value >> unit;) all.push_back(value);
    return all;
  };
  const std::vector<double> one = memory(1), two = memory(2), four = memory(4);
  ASSERT_EQ(one.size(), 1);
  ASSERT_EQ(two.size(), 2);
  ASSERT_EQ(four.size(), 4);
  EXPECT_LT(two[0], one[0]);  // the first one reads, piece by piece
  EXPECT_LT(two[1], one[0] / 2);
  EXPECT_LT(four[0], one[0]);
  for (const size_t rank : {1, 2, 3}) EXPECT_LT(four[rank], two[1] - 12) << "a quarter of the numbers for a half";
}

TEST_F(Ranks, AKilledRankEndsAllAndTheRunGoesOnWithAnyNumber) {
  must(long_run_);
  const std::string expected = run({"show", "run", "--json"}).out;
  std::filesystem::remove_all(path("run"));
  end_one(2, SIGKILL, long_run_);
  EXPECT_NE(read("err").find("rank 2"), std::string::npos) << read("err");
  EXPECT_FALSE(exists("run/model.onnx"));
  must({"train", "--resume", "run", "--no-report"});
  EXPECT_EQ(run({"show", "run", "--json"}).out, expected);
}

TEST_F(Ranks, AHungRankEndsAllAndIsNamed) {
  const double seconds = end_one(1, SIGSTOP, long_run_);
  kill(victim_, SIGKILL);
  EXPECT_NE(read("err").find("rank 1"), std::string::npos) << read("err");
  EXPECT_NE(read("err").find("has not answered"), std::string::npos) << read("err");
  EXPECT_LT(seconds, 60);  // a hang would go on until the harness ends it
  ASSERT_EQ(mpirun(2, {"train", "--resume", "run", "--threads", "1", "--no-report"}), 0) << read("err");
  EXPECT_TRUE(exists("run/model.onnx"));
}

TEST_F(Ranks, OneThatIsStoppedOnItsWayOutEndsAllAndIsNamed) {
  const int code = mpirun(2, {"train", "t.csv", "--target", "label", "--epochs", "1", "--out", "run"},
                          {"LD_PRELOAD=" RETROGRAD_STOPPED_AT_END, "STOPPED_AT_END=1",
                           "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0"});
  EXPECT_TRUE(code == 1 || code == 128 + SIGKILL) << code << ": that of the end which mpirun sees first";
  const std::string error = read("err");
  EXPECT_NE(error.find("error: rank 1 (process "), std::string::npos) << error;
  EXPECT_NE(error.find("is stopped, though all is done"), std::string::npos) << error;
  EXPECT_EQ(run({"train", "--resume", "run"}).code, 0) << "all is there";
  EXPECT_TRUE(exists("run/model.onnx"));
}

TEST_F(Ranks, WhatIsSaidBeforeMpiStartsIsSaidOnce) {
  const auto once = [](const std::string& text, const std::string& part) {
    const size_t first = text.find(part);
    return first != std::string::npos && text.find(part, first + 1) == std::string::npos;
  };
  const std::vector<std::pair<Words, std::string>> wrong = {
      {{"train", "--nothing"}, "error: there is no option --nothing"},
      {{"train", "t.csv", "--lr", "much"}, "error: --lr is 'much'"},
      {{"trian"}, "error: there is no verb 'trian'"}};
  for (const auto& [arguments, part] : wrong) {
    EXPECT_EQ(mpirun(4, arguments), 1);
    EXPECT_TRUE(once(read("err"), part)) << read("err");
  }
  EXPECT_EQ(mpirun(4, {"train", "--help"}), 0);
  EXPECT_TRUE(once(read("out"), "Train a network on a data file")) << read("out");
}

TEST_F(Ranks, OneOfAnotherMachineThatHangsBeforeMpiHasStartedIsNamed) {
  // A "machine" whose processes mpirun starts here: a daemon of its own, so that ranks do not see each other.
  write("agent", "#!/bin/sh\nshift\neval \"$*\"\n");
  write("rank",
        "#!/bin/sh\necho $$ > rank.$OMPI_COMM_WORLD_RANK\n"
        "if [ $OMPI_COMM_WORLD_RANK = 0 ]; then sleep 3; else (sleep 1.5; kill -STOP $$) & fi\n"
        "exec " RETROGRAD_BINARY " train t.csv --target label --no-report\n");
  for (const char* script : {"agent", "rank"}) std::filesystem::permissions(path(script), std::filesystem::perms::all);
  const std::string command =
      "cd " + folder() +
      " && ASAN_OPTIONS=detect_leaks=0 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
      "timeout -k 5 55 " RETROGRAD_MPIRUN
      " --oversubscribe --bind-to none --mca btl tcp,self --mca plm_rsh_agent ./agent -H "
      "$(hostname):1,elsewhere:1 -n 2 ./rank > out 2> err < /dev/null";
  EXPECT_NE(WEXITSTATUS(std::system(command.c_str())), 124) << "without a word of the others it takes a minute";
  std::ifstream(path("rank.1")) >> victim_;
  kill(victim_, SIGKILL);
  const std::string error = read("err");
  EXPECT_NE(error.find("error: rank 1 (process " + std::to_string(victim_) + " on "), std::string::npos) << error;
  EXPECT_NE(error.find("has not answered for 7 seconds, and not all ranks have started"), std::string::npos) << error;
}

TEST_F(Ranks, ErrorsAreToldOnce) {
  EXPECT_EQ(mpirun(4, {"train", "t.csv", "--target", "nothing"}), 1);
  const std::string error = read("err");
  const size_t first = error.find("error: ");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(error.find("error: ", first + 1), std::string::npos) << error;
  EXPECT_EQ(mpirun(4, {"train", "t.csv", "--target", "label", "--shards", "2"}), 1);
  EXPECT_NE(read("err").find("4 ranks cannot share batches of 2 shards"), std::string::npos) << read("err");
}

#else

TEST(Ranks, NeedMpi) { GTEST_SKIP() << "no MPI: install Debian's libopenmpi-dev and openmpi-bin (./dev setup test)"; }

#endif

}  // namespace
}  // namespace retrograd::cli_test
