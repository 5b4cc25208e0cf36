// From a table to the numbers that a network reads, by the rules stated in retrograd/data.hpp.
#pragma once

#include "data/table/table.hpp"
#include "retrograd/data.hpp"

namespace retrograd {

struct EncodeOptions {
  bool need_target = true;  ///< also encode the targets and the weight; throws Error if one is lacking
};

/// Columns are found by name. Throws Error, naming the column (and close names), if one is lacking; naming line, column
/// and value for text in a numeric column, an infinite number, a word that is not the boolean's, a class that training
/// did not have, and a missing target or bad weight.
Dataset encode(const Table& table, const DataSpec& spec, const EncodeOptions& options = {});

/// The code of a boolean's text: exactly one of the two, or the same truth in the vocabularies of booleans; else -1.
int boolean_code(const std::string& text, const ColumnSpec& spec);

/// The target columns alone, as the block "target".
Block encode_target(const Table& table, const DataSpec& spec);

}  // namespace retrograd
