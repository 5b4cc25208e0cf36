#include "explain/core/assignment.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/fail.hpp"
#include "optim/optimizer.hpp"

namespace retrograd::explaining {
namespace {

constexpr int kNesting = 64;

class Reader {
 public:
  Reader(std::string_view line, Symbols& symbols) : line_(line), symbols_(symbols) {}

  std::string run() {
    const std::string left = name();
    if (left.empty()) expected("a symbol");
    if (!take("←")) expected("←");
    const double value = sum();
    space();
    if (at_ != line_.size()) expected("the end");
    symbols_[left] = value;
    return left;
  }

 private:
  [[noreturn]] void expected(std::string_view what) const {
    fail("update '{}': at byte {} expected {}", line_, at_ + 1, what);
  }
  void space() {
    while (at_ < line_.size() && line_[at_] == ' ') ++at_;
  }
  bool take(std::string_view text) {
    space();
    if (!line_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  static bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
  bool greek() const {  // U+0370 … U+03FF in UTF-8
    return at_ + 1 < line_.size() && (static_cast<unsigned char>(line_[at_]) & 0xFE) == 0xCE;
  }

  std::string name() {
    space();
    const size_t begin = at_;
    if (greek())
      at_ += 2;
    else if (at_ < line_.size() && letter(line_[at_]))
      ++at_;
    else
      return {};
    while (at_ < line_.size()) {
      if (letter(line_[at_]) || (line_[at_] >= '0' && line_[at_] <= '9'))
        ++at_;
      else if (line_.substr(at_).starts_with("\u0302"))  // m̂
        at_ += 2;
      else
        break;
    }
    return std::string(line_.substr(begin, at_ - begin));
  }

  double sum() {
    if (++depth_ > kNesting) expected("less nesting");
    double total = take("−") ? -product() : product();
    for (;;) {
      if (take("+"))
        total += product();
      else if (take("−"))
        total -= product();
      else
        break;
    }
    --depth_;
    return total;
  }

  double product() {
    double value = factor();
    for (;;) {
      if (take("·"))
        value *= factor();
      else if (take("/"))
        value /= factor();
      else
        return value;
    }
  }

  double factor() {
    if (++depth_ > kNesting) expected("less nesting");
    double value = 0;
    if (take("√")) {
      value = std::sqrt(factor());
    } else {
      value = atom();
      if (take("²")) value *= value;
      if (take("ᵗ")) value = optim::integer_power(value, static_cast<int64_t>(symbol("t")));
    }
    --depth_;
    return value;
  }

  double atom() {
    if (take("(")) {
      const double value = sum();
      if (!take(")")) expected(")");
      return value;
    }
    space();
    if (at_ < line_.size() && line_[at_] >= '0' && line_[at_] <= '9') {
      double value = 0;
      while (at_ < line_.size() && line_[at_] >= '0' && line_[at_] <= '9') value = 10 * value + (line_[at_++] - '0');
      return value;
    }
    const std::string called = name();
    if (called.empty()) expected("a number, a symbol or (");
    if (called != "sign" && called != "clip") return symbol(called);
    if (!take("(")) expected("(");
    std::vector<double> args = {sum()};
    while (take(",")) args.push_back(sum());
    if (!take(")")) expected(")");
    if (args.size() != (called == "sign" ? 1U : 2U)) expected("one argument of sign, two of clip");
    if (called == "sign") return args[0] > 0 ? 1 : args[0] < 0 ? -1 : 0;
    return args[0] > args[1] ? args[1] : args[0] < -args[1] ? -args[1] : args[0];
  }

  double symbol(const std::string& wanted) const {
    const auto found = symbols_.find(wanted);
    if (found == symbols_.end()) fail("update '{}': the symbol '{}' has no value", line_, wanted);
    return found->second;
  }

  std::string_view line_;
  Symbols& symbols_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string assign(std::string_view line, Symbols& symbols) { return Reader(line, symbols).run(); }

}  // namespace retrograd::explaining
