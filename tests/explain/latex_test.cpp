// LaTeX: what comes from data cannot break a document, and documents are balanced.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "explain/latex/words.hpp"
#include "retrograd/explain.hpp"

namespace retrograd {
namespace {

TEST(LatexWords, EverySpecialCharacterIsEscaped) {
  EXPECT_EQ(latex::text("a_b & 100% #1 $x$ {y} ~ ^ \\z"),
            "a\\_b \\& 100\\% \\#1 \\$x\\$ \\{y\\} \\~{} \\^{} \\textbackslash{}z");
  EXPECT_EQ(latex::text("\\input{/etc/passwd}"), "\\textbackslash{}input\\{/etc/passwd\\}");
  EXPECT_EQ(latex::text("a--b"), "a{-}{-}b");
  EXPECT_EQ(latex::text("line\nline\n\nend"), "line line  end");  // a blank line would end a table's cell
}

TEST(LatexWords, LettersThatTheFontsLackAreNamed) {
  EXPECT_EQ(latex::text("caf\xC3\xA9s"), "caf{\\'e}s");
  EXPECT_EQ(latex::text("\xC3\x9F"), "{\\ss{}}");
  EXPECT_EQ(latex::text("\xE4\xB8\xAD"), "{[}U+4E2D{]}");
  EXPECT_EQ(latex::text("\xF0\x9F\x98\x80"), "{[}U+1F600{]}");
  EXPECT_EQ(latex::text("\x01"), "{[}U+0001{]}");
}

TEST(LatexWords, FormulasKeepTheirCommandsAndLoseWhatFontsLack) {
  EXPECT_EQ(latex::math("\\mathit{y\xE2\x80\xB2}_{k}"), "\\mathit{y'}_{k}");
  EXPECT_EQ(latex::math("\\frac{a}{\xE4\xB8\xAD}"), "\\frac{a}{\\mbox{{[}U+4E2D{]}}}");
  EXPECT_EQ(latex::math("a\xFF"), "a\\mbox{{[}byte FF{]}}");
}

TEST(LatexWords, BytesThatAreNotUtf8AreNamed) {
  EXPECT_EQ(latex::text("a\xFF"), "a{[}byte FF{]}");
  EXPECT_EQ(latex::text("\xC3"), "{[}byte C3{]}");                   // cut short
  EXPECT_EQ(latex::text("\xC3("), "{[}byte C3{]}(");                 // not a continuation
  EXPECT_EQ(latex::text("\xE2\x82"), "{[}byte E2{]}{[}byte 82{]}");  // cut short
}

TEST(LatexWords, AccentsOfLatin1AreAtTheirCodePoints) {
  EXPECT_EQ(latex::text("\xC3\x80"), "{\\`A}");
  EXPECT_EQ(latex::text("\xC3\x96"), "{\\\"O}");
  EXPECT_EQ(latex::text("\xC3\x9C"), "{\\\"U}");
  EXPECT_EQ(latex::text("\xC3\xA0"), "{\\`a}");
  EXPECT_EQ(latex::text("\xC3\xA7"), "{\\c{c}}");
  EXPECT_EQ(latex::text("\xC3\xB1"), "{\\~n}");
  EXPECT_EQ(latex::text("\xC3\xB6"), "{\\\"o}");
  EXPECT_EQ(latex::text("\xC3\xBC"), "{\\\"u}");
  EXPECT_EQ(latex::text("\xC3\xBF"), "{\\\"y}");
  EXPECT_EQ(latex::text("\xC3\x97"), "$\\times$");
  EXPECT_EQ(latex::text("\xC3\xB7"), "{[}U+00F7{]}");
}

TEST(LatexWords, Numbers) {
  EXPECT_EQ(latex::number(0.10351), "0.1035");
  EXPECT_EQ(latex::number(-2.0827, 3), "-2.08");
  EXPECT_EQ(latex::number(1.4e-7, 3), "1.4\\cdot10^{-7}");
  EXPECT_EQ(latex::number(-3e21, 3), "-3\\cdot10^{21}");
  EXPECT_EQ(latex::number(0), "0");
  EXPECT_EQ(latex::number(std::numeric_limits<double>::quiet_NaN()), "\\mathrm{NaN}");
  EXPECT_EQ(latex::number(-std::numeric_limits<double>::infinity()), "-\\infty");
  EXPECT_EQ(latex::factor(-0.5), "(-0.5)");
  EXPECT_EQ(latex::factor(0.5), "0.5");
  EXPECT_EQ(latex::percent(0.034), "3\\,\\%");
  EXPECT_EQ(latex::percent(0.0041), "0.4\\,\\%");
  EXPECT_EQ(latex::percent(1e-5), "$<$\\,0.1\\,\\%");
  EXPECT_EQ(latex::percent(0), "0\\,\\%");
  EXPECT_EQ(latex::count(999), "999");
  EXPECT_EQ(latex::count(1234567), "1{,}234{,}567");
  EXPECT_EQ(latex::count(-123456), "-123{,}456");
}

TEST(LatexWords, SymbolsCountFromOne) {
  EXPECT_EQ(latex::symbol("W2", 2, 4), "W^{(2)}_{3,5}");
  EXPECT_EQ(latex::symbol("b1", -1, 0), "b^{(1)}_{1}");
  EXPECT_EQ(latex::symbol("x", 6), "x_{7}");
  EXPECT_EQ(latex::symbol("z12"), "z^{(12)}");
  EXPECT_EQ(latex::symbol("layer_norm1.gamma", -1, 2), "\\mbox{layer\\_norm1.gamma}_{3}");
}

}  // namespace
}  // namespace retrograd
