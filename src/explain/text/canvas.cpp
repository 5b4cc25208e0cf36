#include "explain/text/canvas.hpp"

#include <algorithm>
#include <cstdlib>

namespace retrograd::text {

Canvas::Canvas(int rows, int columns)
    : rows_(rows), columns_(columns), cells_(static_cast<size_t>(rows) * static_cast<size_t>(columns)) {}

Canvas::Cell* Canvas::at(int row, int column) {
  if (row < 0 || row >= rows_ || column < 0 || column >= columns_) return nullptr;
  return &cells_[static_cast<size_t>(row) * static_cast<size_t>(columns_) + static_cast<size_t>(column)];
}

void Canvas::put(int row, int column, std::string_view text, Ink ink) {
  while (!text.empty()) {
    size_t bytes = 1;
    while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) ++bytes;
    const std::string_view piece = text.substr(0, bytes);
    const int width = width_of(piece);
    if (Cell* cell = width > 0 && at(row, column + width - 1) != nullptr ? at(row, column) : nullptr) {
      *cell = {std::string(piece), ink};
      if (width == 2) *at(row, column + 1) = {"", ink};
    } else if (Cell* before = width == 0 ? at(row, column - 1) : nullptr) {
      before->text += piece;
    }
    column += width;
    text.remove_prefix(bytes);
  }
}

void Canvas::centre(int row, int middle, std::string_view text, Ink ink) {
  put(row, middle - width_of(text) / 2, text, ink);
}

void Canvas::stroke(int row, int column, std::string_view text, Ink ink) {
  Cell* cell = at(row, column);
  if (cell == nullptr) return;
  const bool crossing = (cell->text == "╲" && text == "╱") || (cell->text == "╱" && text == "╲") || cell->text == "╳";
  *cell = {crossing ? "╳" : std::string(text), ink};
}

void Canvas::wire(int from_row, int to_row, int begin, int end, Ink ink) {
  const int rows = std::abs(to_row - from_row), step = begin < end ? 1 : -1;
  const int length = std::abs(end - begin) + 1;
  // The diagonal takes the columns from `bend` on, one a row; its ends share the rows of the level parts.
  const int bend = std::max((length - rows + 1) / 2, 0);
  for (int k = 0; k < length; ++k) {
    const int column = begin + step * k;
    const int down = std::clamp(k - bend, 0, rows);
    const int row = from_row + (to_row > from_row ? down : -down);
    const bool level = k < bend || k >= bend + rows || rows == 0;
    // On the way down to the right, as on the way up to the left, the stroke falls.
    const bool falls = (to_row > from_row) == (step > 0);
    if (level)
      stroke(row, column, "─", ink);
    else if (down > 0)
      stroke(row, column, falls ? "╲" : "╱", ink);
    else
      stroke(row, column, "─", ink);
  }
}

void Canvas::print(Page& page) const {
  std::vector<std::string> lines;
  for (int row = 0; row < rows_; ++row) {
    std::string line;
    int last = columns_ - 1;
    const auto cell = [&](int column) -> const Cell& {
      return cells_[static_cast<size_t>(row) * static_cast<size_t>(columns_) + static_cast<size_t>(column)];
    };
    while (last >= 0 && cell(last).text == " ") --last;
    for (int column = 0; column <= last;) {
      const Ink ink = cell(column).ink;
      std::string run;
      while (column <= last && cell(column).ink == ink) run += cell(column++).text;
      line += page.ink(ink, run);
    }
    lines.push_back(std::move(line));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (const std::string& line : lines) page.line(line);
}

}  // namespace retrograd::text
