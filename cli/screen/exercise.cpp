#include "screen/exercise.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/fail.hpp"
#include "explain/text/layout.hpp"
#include "retrograd/explain_text.hpp"

namespace retrograd::cli {
namespace {

constexpr size_t kLongestAnswer = 1000;

class Dialogue {
 public:
  Dialogue(const Explanation& e, std::FILE* in, std::FILE* out, bool colour, bool echo)
      : questions_(exercise(e)), sheet_(exercise_sheet(e, {.colour = colour})), in_(in), out_(out), echo_(echo) {}

  void run() {
    say(sheet_ + "\n" +
        wrapped(fmt::format("{} questions. Answers to three digits will do. ? gives a hint, an empty line the answer, "
                            "quit ends.",
                            questions_.size())));
    for (size_t k = 0; k < questions_.size(); ++k)
      if (!ask(k)) break;
    say(fmt::format("\n{} of {} right at the first try, {} at the second", first_, questions_.size(), second_));
    if (asked_ < questions_.size()) say(fmt::format(", {} not asked", questions_.size() - asked_));
    say(".\n");
  }

 private:
  static std::string wrapped(const std::string& words, int indent = 0) {
    text::Page page(false);
    page.words(words, indent);
    return page.str();
  }

  void say(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), out_) != text.size() || std::fflush(out_) != 0)
      fail("standard output: not everything could be written");
  }

  /// A line without its end and spaces around it; nothing at the end of the input.
  std::optional<std::string> line() {
    std::string text;
    int c = 0;
    while ((c = std::getc(in_)) != EOF && c != '\n')
      if (text.size() < kLongestAnswer) text += static_cast<char>(c);
    if (c == EOF && std::ferror(in_) != 0) fail("standard input: {}", std::strerror(errno));
    if (c == EOF && text.empty()) return std::nullopt;
    const size_t begin = text.find_first_not_of(" \t\r"), end = text.find_last_not_of(" \t\r");
    text = begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
    if (echo_) say(text + "\n");
    return text;
  }

  /// False: no more questions.
  bool ask(size_t k) {
    const Question& q = questions_[k];
    say(fmt::format("\n{}. {}\n", k + 1, q.prompt));
    bool hinted = false;
    while (true) {
      say("   = ");
      const std::optional<std::string> given = line();
      if (!given || *given == "quit" || *given == "q") {
        if (!given) say("\n");
        return false;
      }
      if (*given == "?") {
        say(wrapped("hint: " + q.hint, 3));
        hinted = true;
        continue;
      }
      if (given->empty()) {
        say(wrapped(fmt::format("It is {}. {}", answer(q), q.hint), 3));
        break;
      }
      bool right = false;
      try {
        right = is_right(q, *given);
      } catch (const Error& e) {
        say(wrapped(e.what(), 3));
        continue;
      }
      if (right) {
        say(fmt::format("   right: {}\n", answer(q)));
        ++(hinted ? second_ : first_);
        break;
      }
      if (hinted) {
        say(fmt::format("   no: it is {}.\n", answer(q)));
        break;
      }
      say(wrapped("not yet. " + q.hint, 3));
      hinted = true;
    }
    ++asked_;
    return true;
  }

  static std::string answer(const Question& q) { return text::number(q.answer, 6); }

  const std::vector<Question> questions_;
  const std::string sheet_;
  std::FILE *in_, *out_;
  const bool echo_;
  size_t first_ = 0, second_ = 0, asked_ = 0;
};

}  // namespace

void run_exercise(const Explanation& explanation, std::FILE* in, std::FILE* out, bool colour, bool echo) {
  Dialogue(explanation, in, out, colour, echo).run();
}

bool wants_colour(std::FILE* stream) {
  const char* no = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return ::isatty(::fileno(stream)) == 1 && (no == nullptr || *no == '\0') && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

}  // namespace retrograd::cli
