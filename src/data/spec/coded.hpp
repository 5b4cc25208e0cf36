// A column as codes of its distinct values, numbers compared by value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/table/table.hpp"

namespace retrograd {

/// `codes[row]` indexes `values` and `counts` (in order of first appearance), or is -1 for missing.
struct CodedColumn {
  std::vector<int32_t> codes;
  std::vector<std::string> values;
  std::vector<int64_t> counts;
  std::vector<char> numbers;  ///< by value: whether it is a number as the table writes them
};

/// The canonical text of a category: a number that its double holds exactly (an integer below 1e15, or at most 15
/// significant digits) as number_text, another number with a decimal point; any other text as it is.
std::string canonical(std::string_view text, char decimal = '.');

CodedColumn coded(const Table& table, int column);

/// Indices of the values in ascending order: as numbers if all are numbers, else as bytes.
std::vector<int> by_value(const std::vector<std::string>& values);

/// 0 for no, n, false, f, 0; 1 for yes, y, true, t, 1 (any case); else -1.
int truth(std::string_view text);

/// Whether two lower-case words are the false and the true of one vocabulary: no/yes, n/y, false/true, f/t, 0/1.
bool is_boolean_pair(std::string_view no, std::string_view yes);

}  // namespace retrograd
