// Words, names and numbers as LaTeX. Names come from data, so nothing reaches LaTeX unescaped.
#pragma once

#include <string>
#include <string_view>

namespace retrograd::latex {

/// Text mode. Special characters are escaped; accented letters of Latin-1 are composed; what pdfLaTeX's own fonts lack
/// is written as its code point, e.g. [U+4E2D]; bytes that are not UTF-8 as [byte FF].
std::string text(std::string_view words);

/// Math mode: a formula's own LaTeX, whose names may hold characters that pdfLaTeX's fonts lack; a prime stays a prime.
std::string math(std::string_view formula);

/// Math mode, `digits` significant digits: 0.104, -2.08, 1.4\cdot10^{-7}, \infty, \mathrm{NaN}.
std::string number(double value, int digits = 4);
/// The same in brackets if it is negative, as a factor is written.
std::string factor(double value, int digits = 4);
/// Text mode: 3\,\%, <\,0.1\,\%.
std::string percent(double share);
/// 12,345 as text.
std::string count(int64_t n);

/// Math mode: the program's name W2 as W^{(2)}; with indices (counted from 0, written from 1; below 0: left out)
/// W^{(2)}_{3,5}. Names that are not letters and a number are set upright.
std::string symbol(std::string_view name, int i = -1, int j = -1);
/// Math mode: \frac{\partial above}{\partial below}.
std::string partial(std::string_view above, std::string_view below);

}  // namespace retrograd::latex
