// Ranks that are killed or stopped at random moments: the run ends soon, says which rank it was, leaves nothing half
// written, and goes on with any number of ranks to the model of a run that was left alone. RETROGRAD_RANK_KILLS says
// how many (2 unless told); RETROGRAD_KILL_SEED draws others.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "ranks.hpp"
#include "resumed_run.hpp"

namespace retrograd::cli_test {
namespace {

#ifdef RETROGRAD_MPIRUN

using Clock = std::chrono::steady_clock;

/// Runs of some seconds.
std::vector<Words> configurations() {
  return {{"--target", "label", "--hidden", "32,16", "--epochs", "60", "--patience", "0", "--batch", "128",
           "--checkpoint-every", "3steps"},
          {"--target", "price", "--hidden", "48", "--epochs", "60", "--patience", "0", "--optimizer", "momentum",
           "--lr", "0.01", "--batch", "64", "--checkpoint-every", "0.01s", "--cache", "c"},
          {"--target", "label", "--normalise", "batch_norm", "--dropout", "0.3", "--epochs", "60", "--patience", "0",
           "--batch", "96", "--checkpoint-every", "1epoch", "--weight", "weight"}};
}

class KilledRanks : public RanksCli {
 protected:
  KilledRanks() { write("t.csv", table_csv()); }

  static double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }
  static int from_environment(const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::atoi(text) : otherwise;
  }
  bool has_checkpoint() const {
    if (!exists("run/checkpoint")) return false;
    const Words names = list("run/checkpoint");
    return std::any_of(names.begin(), names.end(), [](const std::string& name) { return name.ends_with(".json"); });
  }
  Words arguments(const Words& configuration) const {
    return joined(has_checkpoint() ? Words{"train", "--resume", "run"}
                                   : joined({"train", "t.csv", "--out", "run", "--shards", "8"}, configuration),
                  {"--threads", "1", "--no-report", "--quiet"});
  }
  /// A rank's process, as soon as it is there.
  pid_t process_of(int rank) const {
    const std::string file = path("rank." + std::to_string(rank));
    for (int k = 0; k < 30'000 && !std::filesystem::exists(file); ++k)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    pid_t process = -1;
    std::ifstream(file) >> process;
    return process;
  }
  void forget_processes() const {
    for (int rank = 0; rank < 4; ++rank) std::filesystem::remove(path("rank." + std::to_string(rank)));
  }
};

TEST_F(KilledRanks, AtRandomMoments) {
  const int kills = from_environment("RETROGRAD_RANK_KILLS", 2), seed = from_environment("RETROGRAD_KILL_SEED", 1);
  std::mt19937 random(static_cast<unsigned>(seed));
  const auto draw = [&](double most) { return std::uniform_real_distribution<>(0, most)(random); };
  struct Kind {
    Words words;
    std::string model;
    double seconds;  ///< on 4 ranks, about
  };
  std::vector<Kind> kinds;
  for (const Words& words : configurations()) {
    std::filesystem::remove_all(path("run"));
    const auto begin = Clock::now();
    ASSERT_EQ(mpirun(4, arguments(words)), 0) << read("err");
    kinds.push_back({words, read("run/model.onnx"), seconds_since(begin)});
  }
  int done = 0, stopped = 0, early = 0, runs = 0, too_late = 0;
  double longest_killed = 0, longest_stopped = 0;
  while (done < kills) {
    Kind& kind = kinds[static_cast<size_t>(runs++) % kinds.size()];
    std::filesystem::remove_all(path("run"));
    std::filesystem::remove(path("c"));
    std::string story = fmt::format("seed {}, run {}:{}\n", seed, runs, words(kind.words));
    for (int k = 1 + static_cast<int>(draw(2)); k > 0 && done < kills; --k) {
      const int ranks = draw(1) < 0.5 ? 2 : 4, victim = static_cast<int>(draw(ranks));
      const bool stop = draw(1) < 0.25;
      const double pause = draw(0.9 * kind.seconds);
      story += fmt::format("{} ranks, rank {} {} after {:.3f} s\n", ranks, victim, stop ? "stopped" : "killed", pause);
      forget_processes();
      int code = -1;
      double seconds = 0;
      std::thread run([&] {
        const Words words = arguments(kind.words);
        code = mpirun(ranks, words);
      });
      const pid_t process = process_of(victim);
      std::this_thread::sleep_for(std::chrono::duration<double>(pause));
      const auto begin = Clock::now();
      kill(process, stop ? SIGSTOP : SIGKILL);
      run.join();
      seconds = seconds_since(begin);
      kill(process, SIGKILL);  // one that is stopped may outlive mpirun
      const std::string error = read("err");
      story += fmt::format("code {} after {:.3f} s: {}\n", code, seconds, error);
      if (code == 0) {
        ++too_late;
        kind.seconds = std::min(kind.seconds, pause);  // the machine has become faster
        break;
      }
      ++done;
      stopped += stop;
      early += !has_checkpoint();
      (stop ? longest_stopped : longest_killed) = std::max(stop ? longest_stopped : longest_killed, seconds);
      EXPECT_NE(code, 124) << "a hang\n" << story;
      EXPECT_NE(error.find(fmt::format("rank {}", victim)), std::string::npos) << story;
      // The end of a rank may come when the model is written: then it is whole.
      EXPECT_TRUE(!exists("run/model.onnx") || read("run/model.onnx") == kind.model) << story;
    }
    const int ranks = 1 << static_cast<int>(draw(3));
    story += fmt::format("to its end on {} ranks\n", ranks);
    ASSERT_EQ(mpirun(ranks, arguments(kind.words)), 0) << story << read("err");
    ASSERT_TRUE(read("run/model.onnx") == kind.model) << story;
    for (const std::string& name : list("run/checkpoint")) EXPECT_EQ(name.find(".tmp-"), std::string::npos) << story;
  }
  std::printf(
      "%d ends of ranks in %d runs, %d of them stopped, %d before the first checkpoint; %d more came too late; over "
      "after at most %.1f s (killed) and %.1f s (stopped); all models byte-identical\n",
      done, runs, stopped, early, too_late, longest_killed, longest_stopped);
}

#else

TEST(KilledRanks, NeedMpi) {
  GTEST_SKIP() << "no MPI: install Debian's libopenmpi-dev and openmpi-bin (./dev setup test)";
}

#endif

}  // namespace
}  // namespace retrograd::cli_test
