// A grid of characters to draw on: words and wires.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "explain/text/layout.hpp"

namespace retrograd::text {

class Canvas {
 public:
  Canvas(int rows, int columns);

  /// Writes over what is there; what lies outside of the grid is left out.
  void put(int row, int column, std::string_view text, Ink ink = Ink::plain);
  /// The same around `middle`.
  void centre(int row, int middle, std::string_view text, Ink ink = Ink::plain);
  /// A wire between two points of different columns: level from `from`, then a diagonal half way between `begin` and
  /// `end`, then level again. Where wires cross ╳ stands.
  void wire(int from_row, int to_row, int begin, int end, Ink ink);

  /// Adds its lines to `page`, without the empty ones at the end.
  void print(Page& page) const;

 private:
  struct Cell {
    std::string text = " ";
    Ink ink = Ink::plain;
  };
  Cell* at(int row, int column);
  void stroke(int row, int column, std::string_view text, Ink ink);

  int rows_, columns_;
  std::vector<Cell> cells_;
};

}  // namespace retrograd::text
