// Text for a terminal: widths, cutting, wrapping, foreign names, numbers, and the drawing of small networks.
#include "explain/text/layout.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "explain/figure/svg.hpp"
#include "explain/text/picture.hpp"

namespace retrograd::text {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(TextLayout, WidthCountsColumnsOfATerminal) {
  EXPECT_EQ(width_of(""), 0);
  EXPECT_EQ(width_of("abc"), 3);
  EXPECT_EQ(width_of("∂l/∂z₁ = σ′(z)·Σ"), 16);
  EXPECT_EQ(width_of("漢字"), 4);
  EXPECT_EQ(width_of("한글"), 4);
  EXPECT_EQ(width_of("e\u0301"), 1);     // combining accent
  EXPECT_EQ(width_of("a\u200Db"), 2);    // zero width joiner
  EXPECT_EQ(width_of("\U0001F600"), 2);  // emoji
  EXPECT_EQ(width_of("\x1b[1;31mred\x1b[0m"), 3);
  EXPECT_EQ(width_of("\xff\xfe"), 2);  // two bytes that are no character
  EXPECT_EQ(width_of("▁▂█─╲╱╳◁▶"), 9);
}

TEST(TextLayout, ForeignTextCannotMoveTheCursor) {
  EXPECT_EQ(clean("plain, ünïcode 漢"), "plain, ünïcode 漢");
  EXPECT_EQ(clean("a\x1b[31mb"), "a\uFFFD[31mb");
  EXPECT_EQ(clean("a\nb\tc\r"), "a\uFFFDb\uFFFDc\uFFFD");
  EXPECT_EQ(clean("\xff\xc3("), "\uFFFD\uFFFD(");
  EXPECT_EQ(clean("a\u202Eb"), "a\uFFFDb");                // right-to-left override
  EXPECT_EQ(clean("\u009B31m"), "\uFFFD31m");              // C1 control sequence introducer
  EXPECT_EQ(clean("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // surrogate
  EXPECT_EQ(clean("\xc0\xaf"), "\uFFFD\uFFFD");            // overlong
}

TEST(TextLayout, CutsBetweenCharactersAndEndsColours) {
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  EXPECT_EQ(cut("abcdef", 5), "abcd…");
  EXPECT_EQ(cut("漢字漢字", 6), "漢字…");
  EXPECT_EQ(width_of(cut("漢字漢字", 6)), 5);
  const std::string coloured = cut("\x1b[31mabcdef\x1b[0m", 4);
  EXPECT_EQ(width_of(coloured), 4);
  EXPECT_TRUE(coloured.ends_with("\x1b[0m")) << coloured;
}

TEST(TextLayout, NumbersReadAsPeopleWriteThem) {
  EXPECT_EQ(number(-0.75026), "−0.7503");
  EXPECT_EQ(number(4), "4");
  EXPECT_EQ(number(0.0), "0");
  EXPECT_EQ(number(-1.25e-5), "−1.25e−5");
  EXPECT_EQ(number(3e20), "3e20");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(number(std::nan("")), "nan");
  EXPECT_EQ(factor(-2), "(−2)");
  EXPECT_EQ(signed_number(0.5), "+0.5");
  EXPECT_EQ(signed_number(-0.5), "−0.5");
  EXPECT_EQ(count(1234567), "1,234,567");
  EXPECT_EQ(count(-1234), "−1,234");
  EXPECT_EQ(count(999), "999");
  EXPECT_EQ(subscript(120), "₁₂₀");
}

TEST(TextLayout, WordsAndEquationsStayWithinTheColumns) {
  for (const int columns : {60, 80}) {
    Page page(true, columns);
    std::string long_words;
    for (int k = 0; k < 60; ++k) long_words += "word" + std::to_string(k) + " ";
    page.words(long_words, 2, 4);
    page.words(page.ink(Ink::bad, long_words), 2);
    page.words(std::string(300, 'x'), 4, 2);
    std::string wide;
    for (int k = 0; k < 100; ++k) wide += "漢";
    page.words(wide, 3);
    page.equation("∂l/∂W1[1,1]", {long_words, "short"});
    page.equation(std::string(50, 'l'), {long_words});
    page.title(wide);
    page.table({{"a", wide}, {long_words, "b"}}, "lr");
    page.line(std::string(200, '-'));
    for (const std::string& line : lines_of(page.str())) EXPECT_LE(width_of(line), columns) << line;
    // Nothing is lost by breaking lines.
    for (int k = 0; k < 60; ++k) EXPECT_NE(page.str().find("word" + std::to_string(k)), std::string::npos);
  }
}

TEST(TextLayout, NoColourMeansNoEscapes) {
  Page page(false);
  page.title("Title");
  page.words(page.ink(Ink::bad, "bad"));
  EXPECT_EQ(page.str().find('\x1b'), std::string::npos);
  Page coloured(true);
  coloured.title("Title");
  EXPECT_NE(coloured.str().find("\x1b["), std::string::npos);
}

Picture two_by_two() {
  Picture picture;
  picture.x = {1, -1};
  picture.seed = "p − y";
  picture.layers = {
      {"z1", "a", true, {{1, -1}, {-2, 1}}, {{4, 0.982, -1.4, 0.0177, -0.025}, {-2, 0.119, 0.3, 0.105, 0.03}}},
      {"z2", "p", false, {{3, -1}, {-1, 4}}, {{0.48, 0.25, 0, 1, -0.75}, {1.58, 0.75, 0, 1, 0.75}}}};
  return picture;
}

TEST(TextPicture, DrawsEveryWeightAndGain) {
  const Picture picture = two_by_two();
  ASSERT_TRUE(drawable(picture, 80));
  Page forward(false), reverse(false);
  draw_forward(picture, forward);
  draw_reverse(picture, reverse);
  for (const char* part : {"── 1 ──", "−1╲", "−2╱", "── 3 ──", "── 4 ──", "╳", "a 0.982", "z −2", "p 0.75"})
    EXPECT_NE(forward.str().find(part), std::string::npos) << part << "\n" << forward.str();
  for (const char* part : {"◁ ×0.0177", "◁ ×0.105", "Σ −1.4", "δ −0.025", "p − y", "δ −0.75", "─ 3 ──", "╲ ╱−1"})
    EXPECT_NE(reverse.str().find(part), std::string::npos) << part << "\n" << reverse.str();
  for (const Page* page : {&forward, &reverse})
    for (const std::string& line : lines_of(page->str())) EXPECT_LE(width_of(line), 80) << line;
}

TEST(TextPicture, RefusesWhatCannotBeReadAnyMore) {
  Picture wide = two_by_two();
  wide.x = {1, 2, 3};
  EXPECT_FALSE(drawable(wide, 80));
  Picture deep = two_by_two();
  deep.layers.insert(deep.layers.begin(), 4, deep.layers.front());
  EXPECT_FALSE(drawable(deep, 80));
  EXPECT_FALSE(drawable({}, 80));
}

TEST(Figure, NamesAreEscapedAndNumbersAreThere) {
  const std::string forward = figure::network_svg(two_by_two(), figure::Direction::forward);
  const std::string reverse = figure::network_svg(two_by_two(), figure::Direction::reverse);
  for (const char* part : {">0.982<", ">−2<", "z₁ = 4", "p₂ = 0.75"})
    EXPECT_NE(forward.find(part), std::string::npos) << part;
  for (const char* part : {">×0.0177<", "∂l/∂z₁ = −0.025", "p₁ − y₁"})
    EXPECT_NE(reverse.find(part), std::string::npos) << part;
  Picture hostile = two_by_two();
  hostile.seed = "<script>&\"";
  const std::string svg = figure::network_svg(hostile, figure::Direction::reverse);
  EXPECT_EQ(svg.find("<script"), std::string::npos);
}

}  // namespace
}  // namespace retrograd::text
