// The worked examples against the calculation by hand; their text, walk and exercises.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "explain/by_hand.hpp"
#include "explain/text/layout.hpp"
#include "retrograd/error.hpp"
#include "retrograd/explain_text.hpp"
#include "support/message.hpp"

namespace retrograd {
namespace {

using support::message_of;

/// Explained once: every test reads the same.
const Explanation& lecture() {
  static const Explanation e = explain(worked_example("lecture"));
  return e;
}
const Explanation& mazur() {
  static const Explanation e = explain(worked_example("mazur"));
  return e;
}

double gradient(const Explanation& e, const std::string& symbol) {
  for (const Derivation& d : e.derivations)
    if (d.symbol == symbol) return d.nodes.front().value.computed;
  ADD_FAILURE() << symbol << " is not opened";
  return std::nan("");
}

double after(const Explanation& e, const std::string& symbol) {
  for (const Derivation& d : e.derivations)
    if (d.symbol == symbol) return d.update.after;
  ADD_FAILURE() << symbol << " is not opened";
  return std::nan("");
}

double value(const Explanation& e, const std::string& name, size_t unit) {
  const ValueNumbers* v = e.value(name);
  if (v == nullptr) v = e.gradient(name);
  EXPECT_NE(v, nullptr) << name;
  return v == nullptr ? std::nan("") : v->computed.at(unit);
}

/// Ten units in the last place of a float.
constexpr double kFloat = 1.2e-6;

#define EXPECT_CLOSE(found, wanted, relative) EXPECT_NEAR(found, wanted, (relative)*std::max(1e-3, std::abs(wanted)))

TEST(WorkedExample, LectureIsWhatTheHandCalculationSays) {
  const Explanation& e = lecture();
  const by_hand::Lecture v = by_hand::lecture();
  EXPECT_TRUE(e.ok());
  EXPECT_CLOSE(e.loss, v.loss, kFloat);
  EXPECT_CLOSE(value(e, "z1", 0), v.z1, kFloat);
  EXPECT_CLOSE(value(e, "z1", 1), v.z2, kFloat);
  EXPECT_CLOSE(value(e, "a1", 0), v.a1, kFloat);
  EXPECT_CLOSE(value(e, "a1", 1), v.a2, kFloat);
  EXPECT_CLOSE(value(e, "z2", 0), v.z3, kFloat);
  EXPECT_CLOSE(value(e, "z2", 1), v.z4, kFloat);
  EXPECT_CLOSE(value(e, "a2", 0), v.a3, kFloat);
  EXPECT_CLOSE(value(e, "a2", 1), v.a4, kFloat);
  EXPECT_CLOSE(value(e, "z3", 0), v.z5, kFloat);
  EXPECT_CLOSE(value(e, "z3", 1), v.z6, kFloat);
  EXPECT_CLOSE(value(e, "delta_z1", 0), v.d1, kFloat);
  EXPECT_CLOSE(value(e, "delta_z1", 1), v.d2, 10 * kFloat);  // −δ₃ − δ₄ cancels
  EXPECT_CLOSE(value(e, "delta_z2", 0), v.d3, kFloat);
  EXPECT_CLOSE(value(e, "delta_z2", 1), v.d4, kFloat);
  EXPECT_CLOSE(value(e, "delta_z3", 0), v.d5, kFloat);
  EXPECT_CLOSE(value(e, "delta_z3", 1), v.d6, kFloat);
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) {
      const std::string at = "[" + std::to_string(i + 1) + "," + std::to_string(j + 1) + "]";
      EXPECT_CLOSE(gradient(e, "W1" + at), v.W1[i][j], 10 * kFloat) << at;
      EXPECT_CLOSE(gradient(e, "W2" + at), v.W2[i][j], kFloat) << at;
      EXPECT_CLOSE(gradient(e, "W3" + at), v.W3[i][j], kFloat) << at;
    }
    const std::string at = "[" + std::to_string(i + 1) + "]";
    EXPECT_CLOSE(gradient(e, "b1" + at), v.b1[i], 10 * kFloat) << at;
    EXPECT_CLOSE(gradient(e, "b2" + at), v.b2[i], kFloat) << at;
    EXPECT_CLOSE(gradient(e, "b3" + at), v.b3[i], kFloat) << at;
  }
  EXPECT_EQ(e.derivations.size(), 18u);
  ASSERT_TRUE(e.long_way.has_value());
  for (const LongWay::Column& column : e.long_way->columns) {
    const double wanted[2][2] = {{v.dp1_dz5, v.dp2_dz5}, {v.dp1_dz6, v.dp2_dz6}};
    for (int k = 0; k < 2; ++k) EXPECT_CLOSE(column.dp_dz[static_cast<size_t>(k)], wanted[column.unit][k], kFloat);
    EXPECT_CLOSE(column.sum, column.unit == 0 ? v.d5 : v.d6, kFloat);
  }
}

TEST(WorkedExample, MazurIsWhatTheHandCalculationSays) {
  const Explanation& e = mazur();
  const by_hand::Mazur v = by_hand::mazur();
  const double tight = 1e-12;
  EXPECT_TRUE(e.ok());
  EXPECT_CLOSE(e.loss, v.total, tight);
  EXPECT_CLOSE(value(e, "z1", 0), v.net_h1, tight);
  EXPECT_CLOSE(value(e, "z1", 1), v.net_h2, tight);
  EXPECT_CLOSE(value(e, "a1", 0), v.out_h1, tight);
  EXPECT_CLOSE(value(e, "a1", 1), v.out_h2, tight);
  EXPECT_CLOSE(value(e, "a2", 0), v.out_o1, tight);
  EXPECT_CLOSE(value(e, "a2", 1), v.out_o2, tight);
  EXPECT_CLOSE(value(e, "delta_z2", 0), v.d_o1, tight);
  EXPECT_CLOSE(value(e, "delta_z2", 1), v.d_o2, tight);
  EXPECT_CLOSE(value(e, "delta_z1", 0), v.d_h1, tight);
  EXPECT_CLOSE(value(e, "delta_z1", 1), v.d_h2, tight);
  const std::pair<const char*, std::pair<double, double>> weights[] = {
      {"W1[1,1]", {v.w1, v.n1}}, {"W1[2,1]", {v.w2, v.n2}}, {"W1[1,2]", {v.w3, v.n3}}, {"W1[2,2]", {v.w4, v.n4}},
      {"W2[1,1]", {v.w5, v.n5}}, {"W2[2,1]", {v.w6, v.n6}}, {"W2[1,2]", {v.w7, v.n7}}, {"W2[2,2]", {v.w8, v.n8}}};
  for (const auto& [symbol, numbers] : weights) {
    EXPECT_CLOSE(gradient(e, symbol), numbers.first, tight) << symbol;
    EXPECT_CLOSE(after(e, symbol), numbers.second, tight) << symbol;
  }
}

TEST(WorkedExample, OthersAreRefused) {
  EXPECT_EQ(worked_examples(), (std::vector<std::string>{"lecture", "mazur"}));
  const std::string message = message_of([] { worked_example("nonsense"); });
  EXPECT_NE(message.find("'nonsense'"), std::string::npos) << message;
  EXPECT_NE(message.find("lecture and mazur"), std::string::npos) << message;
}

void expect_narrow(const std::string& text, int columns) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    EXPECT_LE(text::width_of(line), columns) << line;
    EXPECT_FALSE(line.ends_with(' ')) << "'" << line << "'";
  }
}

void expect_in_order(const std::string& text, const std::vector<std::string>& parts) {
  size_t from = 0;
  for (const std::string& part : parts) {
    const size_t found = text.find(part, from);
    ASSERT_NE(found, std::string::npos) << "'" << part << "' after byte " << from << " of\n" << text;
    from = found + part.size();
  }
}

TEST(LectureText, WalksInTheOrderOfALecture) {
  const std::string text = lecture_text(lecture(), "A title");
  expect_narrow(text, 80);
  expect_in_order(text, {"A title",
                         "The loss",
                         "= −ln 0.2498",
                         "= 1.38704586",
                         "Gradient descent",
                         "θ_1 = θ_0 − η·∇L(θ_0)",
                         "The chain rule on one neuron",
                         "∂z₁/∂W1[1,1] = x₁ = 1",
                         "The forward pass",
                         "= 1·1 + (−1)·(−2) + 1",
                         "a₁ = σ(z₁) = 0.982014",
                         "a₂ = σ(z₂) = 0.119203",
                         "a₃ = σ(z₃) = 0.863518",
                         "a₄ = σ(z₄) = 0.110737",
                         "The backward pass",
                         "Case 1",
                         "∂l/∂p₁ · ∂p₁/∂z₅",
                         "p₁ − y₁ = 0.2498 − 1 = −0.750188",
                         "Case 2: a hidden neuron, one more layer",
                         "δ₃ = σ'(z₃) · (W3[1,1]·δ₅ + W3[1,2]·δ₆)",
                         "= −0.353652",
                         "two more layers",
                         "= −0.0255411",
                         "The complete reverse network",
                         "◁ ×0.0177",
                         "δ₁ = −0.0255411",
                         "δ₆ = 0.750188",
                         "Every gradient",
                         "W2[1,1]",
                         "−0.34729093",
                         "One step",
                         "2.1736455",
                         "The gain budget",
                         "The audit",
                         "Every number is within its bound."});
}

TEST(LectureText, MazurHasItsPublishedNumbers) {
  const WorkedExample example = worked_example("mazur");
  const std::string text = lecture_text(mazur(), example.title, example.remarks);
  expect_narrow(text, 80);
  expect_in_order(text,
                  {"Mazur's w1", "= 0.298371109", "z₁ = x₁·W1[1,1] + x₂·W1[2,1] + b1[1]", "= 0.3775", "Case 1",
                   "= σ'(z₃) · (a₃ − y₁)", "= 0.138499", "one more layer", "One step", "0.149780716", "0.35891648"});
}

TEST(LectureText, NarrowerAndColouredOnRequest) {
  const std::string narrow = lecture_text(lecture(), "", {}, {.columns = 64});
  expect_narrow(narrow, 64);
  EXPECT_EQ(narrow.find('\x1b'), std::string::npos);
  const std::string coloured = lecture_text(lecture(), "", {}, {.colour = true});
  EXPECT_NE(coloured.find('\x1b'), std::string::npos);
  expect_narrow(coloured, 80);
}

TEST(ExplanationText, SaysEverythingInEightyColumns) {
  const std::string text = to_text(lecture());
  expect_narrow(text, 80);
  expect_in_order(text, {"The statement",
                         "l = 1.38704586",
                         "θ* = argmin L(θ)",
                         "The opened gradients",
                         "∂l/∂W1[1,1], the whole way",
                         "Forward pass:",
                         "x[1] = 1",
                         "Backward pass:",
                         "δ_z1[1] = −0.0255411",
                         "an amplifier",
                         "Σ_k W·δ",
                         "added again",
                         "−1.44605",
                         "p − y",
                         "The update of W1[1,1]",
                         "1 → 1.01277053",
                         "both ways",
                         "The reverse network",
                         "The gain budget",
                         "The audit"});
}

TEST(Exercise, AcceptsItsOwnAnswersAndTheirRoundings) {
  for (const Explanation* e : {&lecture(), &mazur()}) {
    const std::vector<Question> questions = exercise(*e);
    EXPECT_GE(questions.size(), 16u);
    for (const Question& q : questions) {
      std::ostringstream exact, rounded;
      exact.precision(12);
      exact << q.answer;
      rounded.precision(3);
      rounded << q.answer;
      EXPECT_TRUE(is_right(q, exact.str())) << q.symbol;
      EXPECT_TRUE(is_right(q, rounded.str())) << q.symbol << " " << rounded.str();
      EXPECT_FALSE(is_right(q, std::to_string(q.answer + 0.1 * std::abs(q.answer) + 0.001))) << q.symbol;
      std::ostringstream negative;
      negative << -q.answer;
      EXPECT_FALSE(is_right(q, negative.str())) << q.symbol << ": the sign matters";
      EXPECT_FALSE(q.hint.empty());
    }
  }
}

TEST(Exercise, AsksForEveryDeltaAndNamesItsFactors) {
  const std::vector<Question> questions = exercise(lecture());
  std::map<std::string, const Question*> by_symbol;
  for (const Question& q : questions) by_symbol[q.symbol] = &q;
  for (const char* symbol : {"z₁", "z₆", "a₄", "p₁", "l", "δ₁", "δ₂", "δ₃", "δ₄", "δ₅", "δ₆"})
    ASSERT_EQ(by_symbol.count(symbol), 1u) << symbol;
  EXPECT_NEAR(by_symbol["δ₁"]->answer, by_hand::lecture().d1, 1e-7);
  const std::string hint = by_symbol["δ₃"]->hint;
  for (const char* part : {"σ'(z₃)·(W3[1,1]·δ₅ + W3[1,2]·δ₆)", "δ₅ is answer", "z₃ is answer"})
    EXPECT_NE(hint.find(part), std::string::npos) << hint;
}

TEST(Exercise, ReadsNumbersAsPeopleTypeThem) {
  const Question q{"δ", "δ", "", -0.0255411, 0.000255};
  for (const char* right :
       {"-0.0255", "−0.0255", " -0.0255 ", "-,0255", "-0,0255", "-2.55e-2", "-2.55·10^-2", "-0.026"})
    EXPECT_TRUE(is_right(q, right)) << right;
  for (const char* wrong : {"-0.03", "0.0255", "-0.025", "-0.25", "0"}) EXPECT_FALSE(is_right(q, wrong)) << wrong;
  const Question third{"t", "t", "", 1.0 / 3, 1e-3};
  EXPECT_TRUE(is_right(third, "1/3"));
  EXPECT_TRUE(is_right(third, "0.333"));
  EXPECT_TRUE(is_right(third, "+0.33"));
  EXPECT_FALSE(is_right(third, "0.3"));
  for (const char* none : {"", "abc", "1/0", "1.2.3", "nan", "inf", "0x10", "1 2 x", "--1"})
    EXPECT_NE(message_of([&] { is_right(q, none); }).find("not a number"), std::string::npos) << none;
}

TEST(Exercise, SheetHidesWhatIsAsked) {
  const std::string sheet = exercise_sheet(lecture());
  expect_narrow(sheet, 80);
  for (const char* given : {"x₁ = 1", "x₂ = −1", "W1[2,1] = −2", "b3[1] = −2", "y₁ = 1"})
    EXPECT_NE(sheet.find(given), std::string::npos) << given << "\n" << sheet;
  for (const char* hidden : {"0.98", "0.119", "0.86", "0.75", "1.387", "1.84"})
    EXPECT_EQ(sheet.find(hidden), std::string::npos) << hidden;
}

}  // namespace
}  // namespace retrograd
