// SIGKILL at random moments: the run goes on, and its model is byte for byte that of a run that was left alone.
// RETROGRAD_KILLS says how many kills (20 unless told); RETROGRAD_KILL_SEED draws others.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "resumed_run.hpp"

namespace retrograd::cli_test {
namespace {

using Clock = std::chrono::steady_clock;

int from_environment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::atoi(text) : otherwise;
}

/// Runs of some tenths of a second, of many kinds.
std::vector<Words> configurations() {
  return {
      {"--target", "label", "--hidden", "32,16", "--epochs", "40", "--patience", "0", "--batch", "16",
       "--checkpoint-every", "3steps"},
      {"--target", "price", "--hidden", "48", "--epochs", "80", "--patience", "0", "--optimizer", "momentum", "--lr",
       "0.01", "--schedule", "plateau:patience=3", "--batch", "32", "--checkpoint-every", "0.01s"},
      {"--target", "label", "--normalise", "batch_norm", "--dropout", "0.3", "--epochs", "60", "--patience", "0",
       "--batch", "64", "--metric", "accuracy", "--checkpoint-every", "1epoch", "--optimizer", "rmsprop"},
      {"--target", "tall", "--target", "rich", "--weight", "weight", "--epochs", "100", "--patience", "9", "--batch",
       "50", "--schedule", "one_cycle", "--clip-norm", "0.5", "--checkpoint-every", "7steps"},
      {"--target", "label", "--precision", "float64", "--hidden", "12", "--epochs", "40", "--patience", "0", "--batch",
       "full", "--optimizer", "adam", "--checkpoint-every", "1step"},
      {"--target", "label", "--hidden", "40,20", "--optimizer", "lbfgs", "--epochs", "60", "--patience", "0",
       "--checkpoint-every", "1step"},
      {"--target", "price", "--valid-fraction", "0", "--hidden", "24", "--epochs", "30", "--batch", "8",
       "--on-divergence", "restore", "--normalise", "layer_norm", "--checkpoint-every", "20steps"},
      {"--target", "price", "--folds", "3", "--hidden", "24", "--epochs", "30", "--patience", "0", "--batch", "16",
       "--checkpoint-every", "7steps"},
  };
}

/// One run of a configuration, left alone.
struct Kind {
  Words words;
  std::string model;
  double seconds;   ///< in all
  double training;  ///< of these, after the first checkpoint
};

/// What a test that fails has to tell: everything that was done to a run and what was seen of it.
class Story {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    lines_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  const std::string& text() const { return lines_; }

 private:
  std::string lines_;
};

/// Where two files part, and how many bytes differ.
std::string difference(const std::string& found, const std::string& expected) {
  size_t first = 0, differ = 0;
  const size_t both = std::min(found.size(), expected.size());
  for (size_t i = both; i-- > 0;)
    if (found[i] != expected[i]) {
      first = i;
      ++differ;
    }
  return fmt::format("{} bytes, expected {}; {} of the common ones differ, the first at {}", found.size(),
                     expected.size(), differ, first);
}

class Killed : public ResumedRun {
 protected:
  std::string files(const std::string& out) const {
    if (!exists(out)) return "no folder";
    std::string text;
    for (const char* inner : {"", "/checkpoint"})
      if (exists(out + inner))
        for (const std::string& name : list(out + inner)) {
          const std::string file = out + inner + "/" + name;
          if (!std::filesystem::is_directory(path(file)))
            text += fmt::format(" {}{}:{}", inner[0] == 0 ? "" : "checkpoint/", name, read(file).size());
        }
    return text.empty() ? "empty" : text;
  }

  void wait_for_checkpoint(const std::string& out) const {
    for (int ms = 0; ms < 60'000 && !holds_checkpoint(out); ++ms)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  static std::string ending(const Finished& f, double seconds) {
    return fmt::format("code {} after {:.3f} s, standard output '{}', standard error '{}'", f.code, seconds, f.out,
                       f.err);
  }
};

TEST_F(Killed, AtRandomMoments) {
  const int kills = from_environment("RETROGRAD_KILLS", 20);
  const int seed = from_environment("RETROGRAD_KILL_SEED", 1);
  std::mt19937 random(static_cast<unsigned>(seed));
  const auto draw = [&](double most) { return std::uniform_real_distribution<>(0, most)(random); };
  const auto since = [](Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  std::vector<Kind> kinds;
  for (const Words& words : configurations()) {
    const std::string out = "whole" + std::to_string(kinds.size());
    const auto begin = Clock::now();
    Child child(folder(), start(words, out));
    wait_for_checkpoint(out);
    const double before = since(begin);
    const Finished f = child.finish();
    ASSERT_EQ(f.code, 0) << ending(f, since(begin));
    const double seconds = since(begin);
    kinds.push_back({words, read(out + "/model.onnx"), seconds, seconds - before});
  }
  int done = 0, before_the_first = 0, while_writing = 0, too_late = 0, runs = 0;
  while (done < kills) {
    const Kind& kind = kinds[static_cast<size_t>(runs) % kinds.size()];
    const std::string out = "run" + std::to_string(runs++);
    Story story;
    story.add("seed {}, run {}: {}", seed, runs, fmt::join(kind.words, " "));
    // Each run is killed up to three times, then left to come to its end.
    // More threads than cores wait for each other at every step: seldom.
    const auto draw_threads = [&] { return draw(1) < 0.1 ? 3 : 1 + static_cast<int>(draw(2)); };
    for (int k = 1 + static_cast<int>(draw(3)); k > 0 && done < kills; --k) {
      const int threads = draw_threads();
      // Most runs get to train before they are killed, however long the machine takes to start them.
      const bool waits = !holds_checkpoint(out) && draw(1) < 0.8;
      const double pause = draw(0.8 * (waits ? kind.training : kind.seconds));
      story.add("{} on {} threads, to be killed after {}{:.3f} s", holds_checkpoint(out) ? "resumed" : "started",
                threads, waits ? "the first checkpoint and " : "", pause);
      const auto begin = Clock::now();
      Child child(folder(), again(kind.words, out, threads));
      if (waits) wait_for_checkpoint(out);
      std::this_thread::sleep_for(std::chrono::duration<double>(pause));
      child.signal(SIGKILL);
      const Finished f = child.finish();
      story.add("{}; left:{}", ending(f, since(begin)), files(out));
      ASSERT_TRUE(f.code == 1000 + SIGKILL || f.code == 0) << story.text();
      EXPECT_EQ(f.err, "") << story.text();
      if (f.code == 0) {  // it had come to its end
        ++too_late;
        break;
      }
      ++done;
      before_the_first += !holds_checkpoint(out);
      if (exists(out + "/checkpoint")) {
        const Words names = list(out + "/checkpoint");
        while_writing += std::any_of(names.begin(), names.end(),
                                     [](const std::string& name) { return name.find(".tmp-") != std::string::npos; });
      }
    }
    const int threads = draw_threads();
    story.add("{} on {} threads, to its end", holds_checkpoint(out) ? "resumed" : "started", threads);
    const auto begin = Clock::now();
    const Finished f = run(again(kind.words, out, threads));
    story.add("{}; left:{}", ending(f, since(begin)), files(out));
    ASSERT_EQ(f.code, 0) << story.text();
    EXPECT_EQ(f.err, "") << story.text();
    const std::string model = read(out + "/model.onnx");
    ASSERT_TRUE(model == kind.model) << story.text() << "the model: " << difference(model, kind.model);
    for (const std::string& name : list(out + "/checkpoint"))
      EXPECT_EQ(name.find(".tmp-"), std::string::npos) << story.text();
  }
  std::printf(
      "%d kills of %d runs, %d byte-identical models; %d before the first checkpoint, %d while a file was being "
      "written, %d more came too late\n",
      kills, runs, runs, before_the_first, while_writing, too_late);
}

}  // namespace
}  // namespace retrograd::cli_test
