// retrograd explain with the worked examples: every format, the exercise, colours.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/program.hpp"

namespace retrograd::cli_test {
namespace {

using ExplainExample = Cli;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(ExplainExample, NeedsNoFilesAndWritesEveryFormat) {
  const std::string text = must({"explain", "--example", "lecture"}).out;
  EXPECT_TRUE(has(text, "The complete reverse network")) << text;
  EXPECT_TRUE(has(text, "δ₁ = −0.0255411"));
  EXPECT_FALSE(has(text, "\x1b")) << "no terminal, no colours";
  EXPECT_TRUE(has(must({"explain", "--example", "mazur"}).out, "= 0.298371109"));

  for (const char* name : {"lecture", "mazur"}) {
    const auto json = nlohmann::json::parse(must({"explain", "--example", name, "--format", "json"}).out);
    EXPECT_TRUE(json.is_object());
    const std::string html = must({"explain", "--example", name, "--format", "html"}).out;
    EXPECT_TRUE(has(html, "<html")) << name;
    EXPECT_FALSE(has(html, "src=\"http")) << "one self-contained page";
    EXPECT_TRUE(has(must({"explain", "--example", name, "--format", "latex"}).out, "\\begin{document}")) << name;
  }
  must({"explain", "--example", "lecture", "--out", "walk.txt"});
  EXPECT_EQ(read("walk.txt"), text);
}

TEST_F(ExplainExample, OneWeightOfAnExample) {
  const std::string text = must({"explain", "--example", "lecture", "--weight", "2:1:1"}).out;
  EXPECT_TRUE(has(text, "W2[1,1]")) << text;
  EXPECT_TRUE(has(text, "−0.34729")) << text;
  EXPECT_FALSE(has(text, "3. The chain rule on one neuron")) << "the walk instead of the weight";
}

TEST_F(ExplainExample, RefusesWhatItCannotDo) {
  refuses({"explain", "--example", "nonsense"}, {"'nonsense'", "lecture and mazur"});
  refuses({"explain", "--example", "lecture", "--exercise", "--format", "html"}, {"--exercise", "html"});
}

TEST_F(ExplainExample, HelpNamesTheExamplesAndTheExercise) {
  const std::string help = must({"explain", "--help"}).out;
  for (const char* part : {"--example", "lecture", "mazur", "--exercise", "--format", "--weight"})
    EXPECT_TRUE(has(help, part)) << part << "\n" << help;
}

class Exercise : public Cli {
 protected:
  std::string answer(const std::string& answers, const std::string& example = "lecture") const {
    write("answers", answers);
    return must({"explain", "--example", example, "--exercise"}, {.stdin_from = path("answers")}).out;
  }
};

TEST_F(Exercise, RightAnswersScore) {
  // z₁ … z₆ and what follows, rounded as on paper.
  const std::string out = answer(
      "4\n-2\n0.982\n0.119\n1.845\n-2.08\n0.864\n0.111\n0.48\n1.58\n0.25\n0.75\n1.387\n-0.75\n0.75\n-0.354\n0.369\n"
      "-0.0255\n-0.00165\n-0.0831\n-0.0422\n0.0255\n-2.0128\n");
  EXPECT_TRUE(has(out, "23 of 23 right at the first try, 0 at the second.")) << out;
  EXPECT_FALSE(has(out, "not yet")) << out;
  EXPECT_LT(out.find("1. z₁"), out.find("   = 4\n")) << "answers from a file are echoed";
}

TEST_F(Exercise, WrongAnswersBringAHintThenTheNumber) {
  const std::string out = answer("5\n4\n3\n3\nquit\n");
  EXPECT_TRUE(has(out, "not yet. z₁ = x₁·W1[1,1] + x₂·W1[2,1] + b1[1]")) << out;
  EXPECT_TRUE(has(out, "right: 4\n")) << out;
  EXPECT_TRUE(has(out, "no: it is −2.")) << out;
  EXPECT_TRUE(has(out, "0 of 23 right at the first try, 1 at the second, 21 not asked.")) << out;
}

TEST_F(Exercise, HintsSkippingNonsenseAndTheEndOfTheInput) {
  const std::string out = answer("four\n?\n4\n\n");
  EXPECT_TRUE(has(out, "'four' is not a number")) << out;
  EXPECT_TRUE(has(out, "hint: z₁ =")) << out;
  EXPECT_TRUE(has(out, "It is")) << out;
  EXPECT_TRUE(has(out, "0 of 23 right at the first try, 1 at the second, 21 not asked.")) << out;
  EXPECT_TRUE(has(answer(""), "0 of 23 right at the first try, 0 at the second, 23 not asked."));
  EXPECT_TRUE(has(answer("0.3775", "mazur"), "1 of 16 right")) << "a last line without its end counts";
}

TEST_F(Exercise, HidesTheNumbers) {
  const std::string out = answer("");
  for (const char* hidden : {"0.982", "0.1192", "1.387", "0.75"})
    EXPECT_FALSE(has(out, hidden)) << hidden << "\n" << out;
}

/// What `retrograd explain` writes to a terminal.
std::string on_a_terminal(const std::string& folder, const std::map<std::string, std::string>& environment) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  EXPECT_TRUE(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
  const std::string device = ptsname(master);
  // Held open so that the reader sees no end before the program has begun.
  const int held = open(device.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  std::string text;
  std::thread reader([&] {
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(master, buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<size_t>(got));
  });
  const Finished finished =
      Child(folder, {"explain", "--example", "lecture"}, {.environment = environment, .stdout_to = device}).finish();
  EXPECT_EQ(finished.code, 0) << finished.err;
  close(held);  // with the last writer gone the reader's read fails
  reader.join();
  close(master);
  return text;
}

TEST_F(ExplainExample, ColoursOnATerminalOnly) {
  const std::string coloured = on_a_terminal(folder(), {{"TERM", "xterm"}, {"NO_COLOR", ""}});
  EXPECT_TRUE(has(coloured, "\x1b[1m")) << coloured;
  EXPECT_TRUE(has(coloured, "The audit"));
  EXPECT_FALSE(has(on_a_terminal(folder(), {{"TERM", "xterm"}, {"NO_COLOR", "1"}}), "\x1b"));
  EXPECT_FALSE(has(on_a_terminal(folder(), {{"TERM", "dumb"}, {"NO_COLOR", ""}}), "\x1b"));
}

}  // namespace
}  // namespace retrograd::cli_test
