// Exercises: what is asked about a small network, in which order, and which answers count as right.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/fail.hpp"
#include "data/text.hpp"
#include "explain/text/lesson.hpp"
#include "retrograd/explain_text.hpp"

namespace retrograd {
namespace {

using text::Lesson;
using text::number;
using text::subscript;

/// Rounded intermediate results lead this far astray.
constexpr double kTolerance = 0.01;

class Teacher {
 public:
  explicit Teacher(const Explanation& e) : e_(e), lesson_(e, "an exercise") {}

  std::vector<Question> questions() {
    forward();
    loss();
    backward();
    gradients();
    update();
    return std::move(questions_);
  }

 private:
  size_t last() const { return lesson_.stages().size() - 1; }

  /// Remembers which answer the symbol is, so that later hints can point at it.
  void ask(const std::string& symbol, const std::string& about, const std::string& hint, double answer) {
    Question q;
    q.symbol = symbol;
    q.prompt = symbol + (about.empty() ? "" : ", " + about);
    q.hint = hint;
    q.answer = answer;
    q.tolerance = std::max(kTolerance * std::abs(answer), 1e-12);
    questions_.push_back(std::move(q));
  }
  /// "(answer 3)" of an earlier question, or nothing.
  std::string where(const std::string& symbol) const {
    for (size_t k = 0; k < questions_.size(); ++k)
      if (questions_[k].symbol == symbol) return fmt::format("{} is answer {}", symbol, k + 1);
    return {};
  }
  template <class... Symbols>
  std::string places(const Symbols&... symbols) const {
    std::string all;
    for (const std::string& one : {where(symbols)...})
      if (!one.empty()) all += (all.empty() ? "" : ", ") + one;
    return all;
  }

  void forward() {
    for (size_t s = 0; s <= last(); ++s) {
      std::string from = s == 0 ? "x stands on the sheet" : "";
      for (int i = 0; s > 0 && i < lesson_.inputs(s); ++i) from += (i > 0 ? ", " : "") + where(lesson_.input(s, i));
      for (int j = 0; j < lesson_.units(s); ++j)
        ask(lesson_.z(s, j), lesson_.is_output(s) ? "of an output" : "of a hidden neuron",
            fmt::format("{} = {}: {}, weights and bias stand on the sheet", lesson_.z(s, j),
                        lesson_.forward_symbols(s, j), from),
            lesson_.z_value(s, j));
      for (int j = 0; !lesson_.stages()[s].after.empty() && j < lesson_.units(s); ++j)
        ask(lesson_.a(s, j), "what the neuron puts out",
            fmt::format("{} = {}({}){}: {}", lesson_.a(s, j), lesson_.activation(s), lesson_.z(s, j),
                        lesson_.activation(s) == "σ" ? fmt::format(" = 1 / (1 + exp(−{}))", lesson_.z(s, j)) : "",
                        where(lesson_.z(s, j))),
            lesson_.a_value(s, j));
    }
  }

  void loss() {
    const int outputs = lesson_.units(last());
    std::string scores, found;
    for (int k = 0; k < outputs; ++k) scores += (k > 0 ? " + exp(" : "exp(") + lesson_.z(last(), k) + ")";
    if (lesson_.softmax()) {
      for (int k = 0; k < outputs; ++k)
        ask("p" + subscript(k + 1), "a probability",
            fmt::format("p{} = exp({}) / ({}): {}", subscript(k + 1), lesson_.z(last(), k), scores,
                        where(lesson_.z(last(), k))),
            e_.long_way->p[static_cast<size_t>(k)]);
      ask("l", "the loss", "l = −Σ_k y_k ln p_k, natural logarithm: y stands on the sheet, " + where("p₁"), e_.loss);
    } else if (lesson_.squared()) {
      ask("l", "the loss", "l = ½ Σ_k (a_k − y_k)²: y stands on the sheet, " + where(lesson_.a(last(), 0)), e_.loss);
    }
  }

  void backward() {
    for (size_t s = last() + 1; s-- > 0;) {
      for (int j = 0; j < lesson_.units(s); ++j) {
        const std::string delta = lesson_.delta(s, j), z = lesson_.z(s, j);
        const std::string gain = lesson_.gain_name(s, j);
        std::string hint;
        if (s == last() && lesson_.softmax()) {
          const std::string p = "p" + subscript(j + 1);
          hint = fmt::format("{} = {} − y{}: {}, y stands on the sheet", delta, p, subscript(j + 1), where(p));
        } else if (s == last() && lesson_.squared()) {
          const std::string a = lesson_.stages()[s].after.empty() ? z : lesson_.a(s, j);
          hint = fmt::format("{} = {}({} − y{}): {}, y stands on the sheet", delta,
                             lesson_.stages()[s].after.empty() ? "" : gain + "·", a, subscript(j + 1), where(a));
        } else if (s == last()) {
          continue;
        } else {
          hint = fmt::format("{} = {}·({}): {}, the weights stand on the sheet", delta, gain,
                             lesson_.backward_symbols(s, j), places(lesson_.delta(s + 1, 0), z));
        }
        if (lesson_.activation(s) == "σ" && !lesson_.stages()[s].after.empty())
          hint += fmt::format("; σ'({0}) = {1}·(1 − {1})", z, lesson_.a(s, j));
        ask(delta, fmt::format("that is ∂l/∂{}", z), hint, lesson_.delta_value(s, j));
      }
    }
  }

  void gradients() {
    for (size_t s = last() + 1; s-- > 0;) {
      const int from = lesson_.inputs(s) - 1, to = 0;
      ask("∂l/∂" + lesson_.weight(s, from, to),
          fmt::format("the weight from {} to {}", lesson_.input(s, from), lesson_.z(s, to)),
          fmt::format("∂l/∂{} = {}·{}, forward times backward: {}{}", lesson_.weight(s, from, to),
                      lesson_.input(s, from), lesson_.delta(s, to), s == 0 ? "x stands on the sheet, " : "",
                      places(lesson_.input(s, from), lesson_.delta(s, to))),
          lesson_.weight_gradient(s, from, to));
    }
  }

  void update() {
    for (const Derivation& d : e_.derivations) {
      const bool plain = d.update.known && d.update.optimizer.starts_with("sgd") && d.update.scale == 1;
      const std::string gradient = "∂l/∂" + d.symbol;
      if (!plain || where(gradient).empty()) continue;
      ask(d.symbol + " after one step", fmt::format("with η = {}", number(d.update.eta)),
          fmt::format("θ ← θ − η·∂l/∂θ: {0} = {1} stands on the sheet, {2}", d.symbol, number(d.theta),
                      where(gradient)),
          d.update.after);
      return;
    }
  }

  const Explanation& e_;
  const Lesson lesson_;
  std::vector<Question> questions_;
};

/// A number as people type it.
struct Given {
  double value = 0;
  double unit = 0;  ///< of its last digit; 0 for a fraction
  int digits = 0;   ///< significant ones
};

/// A decimal number with point or comma; nothing if it is none.
std::optional<Given> decimal(std::string text) {
  std::replace(text.begin(), text.end(), ',', '.');
  Given given;
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), given.value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(given.value)) return std::nullopt;
  int after_point = 0;
  bool point = false, leading = true;
  size_t at = 0;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.') point = true;
    if (std::isdigit(static_cast<unsigned char>(text[at])) == 0) continue;
    after_point += point ? 1 : 0;
    leading = leading && text[at] == '0';
    given.digits += leading ? 0 : 1;
  }
  const int exponent = at < text.size() ? std::atoi(text.c_str() + at + 1) : 0;
  given.unit = std::pow(10.0, exponent - after_point);
  return given;
}

/// What people and keyboards write for minus, "·10^" and spaces, in the form that from_chars reads.
std::string plain(std::string_view text) {
  std::string out;
  for (size_t k = 0; k < text.size();) {
    const std::string_view rest = text.substr(k);
    if (rest.starts_with("−")) {
      out += '-';
      k += std::string_view("−").size();
    } else if (rest.front() == ' ' || rest.front() == '\t' || rest.front() == '\r') {
      ++k;
    } else {
      out += text[k++];
    }
  }
  for (const std::string_view power : {"·10^", "*10^", "x10^"})
    if (const size_t at = out.find(power); at != std::string::npos) out.replace(at, power.size(), "e");
  return out;
}

Given read_number(std::string_view text) {
  const std::string typed = plain(text);
  const size_t slash = typed.find('/');
  if (slash == std::string::npos) {
    if (const auto given = decimal(typed)) return *given;
  } else {
    const auto above = decimal(typed.substr(0, slash)), below = decimal(typed.substr(slash + 1));
    if (above && below && below->value != 0) return {above->value / below->value, 0, 0};
  }
  fail("{} is not a number; write for example -0.0353, 3.5e-2 or 1/3", in_quotes(text));
}

}  // namespace

std::vector<Question> exercise(const Explanation& explanation) { return Teacher(explanation).questions(); }

bool is_right(const Question& question, std::string_view text) {
  const Given given = read_number(text);
  const double off = std::abs(given.value - question.answer);
  if (!(off > question.tolerance)) return true;
  // An answer rounded to two digits or more is right if it is rounded rightly.
  return given.digits >= 2 && off <= 0.5 * given.unit * (1 + 1e-9);
}

std::string exercise_sheet(const Explanation& e, const TextOptions& options) {
  const Lesson lesson(e, "an exercise");
  text::Page page(options.colour, std::max(options.columns, 60));
  page.title("Exercise: backpropagation by hand");
  const size_t layers = lesson.stages().size();
  for (int i = 0; i < lesson.inputs(0); ++i)
    page.words(fmt::format("{} = {}", lesson.input(0, i), number(lesson.input_value(0, i))), 2);
  for (size_t s = 0; s < layers; ++s) {
    page.blank();
    for (int j = 0; j < lesson.units(s); ++j) {
      page.equation(lesson.z(s, j), {lesson.forward_symbols(s, j)});
      if (!lesson.stages()[s].after.empty())
        page.equation(lesson.a(s, j), {fmt::format("{}({})", lesson.activation(s), lesson.z(s, j))});
    }
    std::string values;
    for (int i = 0; i < lesson.inputs(s); ++i)
      for (int j = 0; j < lesson.units(s); ++j)
        values += fmt::format("{}\u00A0=\u00A0{}   ", lesson.weight(s, i, j), number(lesson.weight_value(s, i, j)));
    for (int j = 0; lesson.stages()[s].b != nullptr && j < lesson.units(s); ++j)
      values += fmt::format("{}\u00A0=\u00A0{}   ", lesson.bias(s, j), number(lesson.bias_value(s, j)));
    page.words(values, 4);
  }
  page.blank();
  page.words(lesson.softmax()   ? "p = softmax(z), l = −Σ_k y_k ln p_k"
             : lesson.squared() ? "l = ½ Σ_k (a_k − y_k)²"
                                : "l = " + text::clean(e.loss_formula.right.text),
             2);
  if (lesson.softmax() || lesson.squared()) {
    std::string target;
    for (int k = 0; k < lesson.units(layers - 1); ++k)
      target += fmt::format("y{} = {}   ", subscript(k + 1), number(lesson.target(k)));
    page.words(target, 2);
  }
  return page.str();
}

}  // namespace retrograd
