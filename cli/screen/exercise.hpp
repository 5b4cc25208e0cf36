// The dialogue of an exercise: questions out, answers in, hints and a score.
#pragma once

#include <cstdio>

#include "retrograd/explain.hpp"

namespace retrograd::cli {

/// Asks on `out` and reads one answer a line from `in` until every question is answered, `in` ends or "quit" is
/// entered. A first wrong answer brings a hint and a second try. An empty line shows the answer, "?" the hint.
/// `echo`: the answers are printed too, for a transcript of answers that come from a file.
void run_exercise(const Explanation& explanation, std::FILE* in, std::FILE* out, bool colour, bool echo);

/// Whether to write colours there: a terminal that understands them, and NO_COLOR is not set (no-color.org).
bool wants_colour(std::FILE* stream);

}  // namespace retrograd::cli
